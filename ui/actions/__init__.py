"""Every act of a person, one small function each; the answer of the station repaints, never the wish."""
