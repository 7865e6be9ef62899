"""One writer thread, records.db with its change log, migrations. Knows no reading's meaning."""
