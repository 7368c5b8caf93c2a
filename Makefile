.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types docs bench nightly screenshots lock

# extra arguments: make demo ARGS="--port 8100"
help: ; @python3 cadence/dev.py --help
setup: ; @python3 cadence/dev.py setup
demo: ; @python3 cadence/dev.py demo $(ARGS)
test: ; @python3 cadence/dev.py test $(ARGS)
lint: ; @python3 cadence/dev.py lint
types: ; @python3 cadence/dev.py types
docs: ; @python3 cadence/dev.py docs $(ARGS)
bench: ; @python3 cadence/dev.py bench $(ARGS)
nightly: ; @python3 cadence/dev.py nightly $(ARGS)
screenshots: ; @python3 cadence/dev.py screenshots $(ARGS)
lock: ; @python3 cadence/dev.py lock $(ARGS)
