.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types docs bench nightly

help: ## List what can be made
	@python3 cadence/dev.py --help

setup: ; @python3 cadence/dev.py setup
demo: ; @python3 cadence/dev.py demo
test: ; @python3 cadence/dev.py test
lint: ; @python3 cadence/dev.py lint
types: ; @python3 cadence/dev.py types
docs: ; @python3 cadence/dev.py docs
bench: ; @python3 cadence/dev.py bench
nightly: ; @python3 cadence/dev.py nightly
