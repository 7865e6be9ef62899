"""From the wire to the newest reading: bus threads, what they may send and when, the live table. Drivers are handed in, never imported."""
