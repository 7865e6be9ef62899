"""What the console puts on paper (PDF), black on white. Asks no station."""
