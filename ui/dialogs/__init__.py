"""Dialogs that pages and frame share."""
