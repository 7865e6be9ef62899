"""The console: pages, widgets, models, actions, theme. Never a wire, a database, a decision about rights."""
