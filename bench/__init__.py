"""Measures the program beside its limits and writes docs/measurements.md. Apart from the tests: nothing here passes or fails."""
