"""The figures of a span (GB/T 36621-2018, 8.2.3.2 k), reckoned from what the store and the historian keep. Asks no device."""
