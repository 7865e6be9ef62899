"""The floor page, with the plan it is drawn by, what is said on it, and its picture."""
