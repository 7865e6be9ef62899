"""Points that no device has: what follows from others (power usage effectiveness, dew point, a difference, a rate). Pure; no I/O."""
