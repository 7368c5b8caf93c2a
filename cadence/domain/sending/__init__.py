"""Decisions about sending: what may go out, what a refusal means, what a link can do."""
