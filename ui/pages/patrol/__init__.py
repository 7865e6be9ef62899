"""The page of patrols: what is due, the walk of a round, history, routes. No other page imports it."""
