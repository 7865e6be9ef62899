"""CityOps Desktop: the core of the duty station. Owns no window and no protocol's bytes."""

__version__ = "0.1.0"
