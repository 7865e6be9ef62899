"""Log collection (GB/T 36621-2018, 8.2.3.2 j and l): lines of other machines, taken in, kept, found again, written out. Knows no alarm."""
