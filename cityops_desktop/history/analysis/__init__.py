"""Trend analysis that can be checked by hand: pure reckoning with numpy, one file a method. Knows no store, no wire and no screen.

Each docstring names the method, its source and its limits. Each result says the figure, an honest interval (95 %), the span and the number
of samples it rests on, and why there is no figure when there is none. docs/analysis.md explains them to people.
"""
