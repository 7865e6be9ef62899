"""Events of an access control system: who was let in, who was not, which door was forced. Reads only."""
