"""How long alarms may be kept quiet: a matter of the level and of the shift. Pure; knows no person and keeps nothing."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cityops_desktop.model.points import Level

HOUR_MS = 3_600_000
LONGEST_MS: Mapping[Level, int] = {
    Level.CRITICAL: HOUR_MS,
    Level.MAJOR: 4 * HOUR_MS,
    Level.MINOR: 8 * HOUR_MS,
    Level.WARNING: 12 * HOUR_MS,
}
"""How long a condition of each level may lie on a shelf; ours: the worse it is, the sooner somebody must look again."""
LONGEST_SERVICE_MS = 24 * HOUR_MS
"""How long something may be out of service without being said again."""
SOON_MS = HOUR_MS // 2
"""An entry that ends within this time is marked, so that its end surprises nobody."""


class Latest(NamedTuple):
    """The latest end that is allowed (UTC ms), and whether it is the end of the shift that limits it."""

    end: int
    by_shift: bool


def latest_end(levels: Iterable[Level], shift: int | None, now: int) -> Latest:
    """Until when conditions of these levels may lie on a shelf that is begun now; `shift`: when the turn that runs ends (UTC ms), None =
    nothing says so. ValueError without a level."""
    longest = now + min(LONGEST_MS[level] for level in levels)
    return Latest(longest, False) if shift is None or shift >= longest else Latest(shift, True)
