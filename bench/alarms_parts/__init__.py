"""Parts of the bench of alarms."""
