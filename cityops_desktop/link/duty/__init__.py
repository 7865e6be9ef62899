"""What travels about the people on duty: acts, answers, routes; one module an area."""
