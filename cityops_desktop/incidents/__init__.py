"""Warnings, incidents, plans and drills as tables: states, grades, deadlines, bundles. Knows no store, no clock, no screen."""
