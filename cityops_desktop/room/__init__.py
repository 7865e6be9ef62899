"""Reads, checks and expands the room file and the device profiles. Knows no wire."""
