"""The alarms page, with its table."""
