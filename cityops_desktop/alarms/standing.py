"""Alarms that follow from facts that are looked at again and again: what ought to stand, against what stands. Raises nothing else."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.model.alarms import Alarm, Cause
from cityops_desktop.model.points import Level


class Standing(NamedTuple):
    """An alarm of the station itself that ought to stand now. The key begins with "station#"."""

    key: str
    cause: Cause
    level: Level
    detail: str


def settle(book: AlarmBook, ours: Collection[Cause], wanted: Iterable[Standing], wall: int, mono: float) -> list[Alarm]:
    """Raise what is wanted, let go what stands of `ours` and is not; the alarms that changed."""
    by_key = {one.key: one for one in wanted}
    changed: list[Alarm] = []
    for alarm in book.open():
        if alarm.cause in ours and alarm.standing and alarm.key not in by_key:
            changed += book.station(alarm.key, alarm.cause, alarm.level, alarm.detail, False, wall, mono)
    for one in by_key.values():
        changed += book.station(one.key, one.cause, one.level, one.detail, True, wall, mono)
    return changed
