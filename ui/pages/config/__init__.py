"""The page Configuration: versions, what differs between them, what people changed at run time."""
