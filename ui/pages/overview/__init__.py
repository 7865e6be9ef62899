"""The overview, with its list of needs, its groups and its tiles."""
