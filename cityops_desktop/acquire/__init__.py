"""Bus threads, the pure scheduler and the live table. Drivers are handed in, never imported."""
