"""Accounts, sessions and rights. Every act of a person is checked here, and recorded with the name of who did it."""
