"""Parts of the measurement of what people on duty write."""
