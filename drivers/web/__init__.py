"""Web servers as several drivers need them: what a room file says of one, and one that is asked within limits. Knows no device."""
