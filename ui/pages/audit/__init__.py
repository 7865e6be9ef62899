"""The page Audit: who did what, and whether the record of it can be believed."""
