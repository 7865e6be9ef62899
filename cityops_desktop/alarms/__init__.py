"""Pure alarm logic: limits, states, lost devices. No I/O; time comes in with each call."""
