"""Configuration versions: what a room file and all beside it said, who made it so, what people changed at run time."""
