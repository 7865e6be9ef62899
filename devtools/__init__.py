"""What stands behind dev.py: setting up, checking and making the repository's own files. Never part of the program or its wheel."""
