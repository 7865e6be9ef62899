"""The page Duty: the roster, the log book, the handover."""
