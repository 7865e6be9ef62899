"""The page of trend analysis."""
