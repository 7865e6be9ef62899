"""The pages of the console: a folder each, holding all that belongs to that page alone. No page imports another."""
