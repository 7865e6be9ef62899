"""Frozen values that everything speaks of: points, readings, alarms, rooms. No I/O, nothing from the other packages."""
