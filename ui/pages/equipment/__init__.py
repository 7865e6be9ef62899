"""The equipment page, with its tree, its table of points and a device's head."""
