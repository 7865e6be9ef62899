"""A paced serial line in C and the masters that are measured on it. Only for measurements."""
