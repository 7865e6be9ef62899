"""The rows of the people on duty: one module an area. Decides no right and no state."""
