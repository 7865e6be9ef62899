"""One file a migration, numbered; the number is the file's user_version."""
