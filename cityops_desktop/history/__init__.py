"""What was measured: a journal on disk, one row a second, and the last two hours in memory. Never asks a device."""
