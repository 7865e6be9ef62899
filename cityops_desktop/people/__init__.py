"""Accounts, sessions and the rights matrix. Decides who may; never acts."""
