"""The station's two files: records.db (all records) and journal.db (one row a second), behind one writer thread. Knows no rule."""
