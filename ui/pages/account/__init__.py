"""The page My account."""
