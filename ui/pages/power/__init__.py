"""The power page, with what is said of each part of the chain, and the single-line picture."""
