"""The page Incidents: warnings in force, the register of incidents, plans, contacts, drills."""
