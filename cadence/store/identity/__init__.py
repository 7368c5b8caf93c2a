"""Accounts, sessions and tokens as they are kept."""
