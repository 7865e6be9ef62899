"""What the screens show: the room and its alarms as Qt objects and item models, fed by the link."""
