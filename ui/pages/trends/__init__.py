"""The trends page, with the past it shows, its charts, saved views and files."""
