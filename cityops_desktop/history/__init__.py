"""The journal of samples and the curves of the last two hours. Never decides what is stale."""
