"""The tables of the people on duty, in records.db beside those of schema.py. The migrations make them; a test keeps the two alike."""

from sqlalchemy import Table

# roster: whose turn it is: posts and their patterns, changes of the plan, who signed in, alertness checks

# log book: what people write: entries, what is attached to them

# patrol: templates, routes, rounds

# orders: work orders and what was done about each

# tickets: work and operation tickets, tags, rotation tests

# housekeeping: cleaning, visits, goods, maintenance, contracts

# handover: handovers, keys and tools and consumables

# reports: reports, evaluations, questionnaires

DUTY_RECORDS: tuple[Table, ...] = ()
"""Those whose rows are what their newest change row says."""
