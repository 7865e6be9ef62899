"""Days as they travel: YYYY-MM-DD of the room's calendar, and only such as there are."""

from typing import Literal

from cityops_desktop.link.fields import Day

RealDay = Day
OptionalDay = Literal[""] | Day
"""A day, or "" for none."""
