"""The page of the load that alarms are."""
