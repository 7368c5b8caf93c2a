"""The audit log, verified and told."""
