"""What stands behind `bench history`: the seeded half-year, the peers, and what is measured on it."""
