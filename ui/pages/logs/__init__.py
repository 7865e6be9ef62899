"""The page Logs: lines of other machines, found again."""
