"""The page of work orders, tickets, tags and rotation tests."""
