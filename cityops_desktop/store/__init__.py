"""The station's two files: records.db (all records) and journal.db (one row a second). One writer thread; never knows a sample's meaning."""
