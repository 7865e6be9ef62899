"""The page of the wires: how each does, its plan, its frames, its counters."""
