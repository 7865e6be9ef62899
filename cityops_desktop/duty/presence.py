"""What proves that somebody was at a stop: the strongest proof there is, and what is doubtful about it. Pure.

A wand is believed only by a line that was taken from it, never because somebody names it. A doubt refuses nothing: it stands in the record.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cityops_desktop.duty.patrolcontent import STRENGTH, Expected, Stop

SLACK_MS = 5 * 60_000
"""So much the clock of a wand or of a portable device may differ."""


class Claim(NamedTuple):
    """What the person who walked says of a stop."""

    way: Expected
    code: str
    time: int | None


class Seen(NamedTuple):
    """A line of a wand: its own number in the store, the code, when, which wand. `timed`: the time is the wand's own, not that of its
    coming to the station."""

    id: int
    code: str
    time: int
    reader: str
    timed: bool = True


class Proved(NamedTuple):
    """A stop and its proof. `doubt`: "" = it holds; missing, wrong_code, weaker, no_time, outside, order, no_scan. `scan`: the line."""

    stop: str
    expects: Expected
    way: Expected
    code: str = ""
    time: int | None = None
    reader: str = ""
    doubt: str = ""
    scan: int | None = None


def prove(stops: Sequence[Stop], claims: Mapping[str, Claim], scans: Sequence[Seen], begun: int, ended: int) -> list[Proved]:
    """The stops in their order."""
    found: list[Proved] = []
    latest: int | None = None
    for stop in stops:
        one, wand = _of_claim(stop, claims.get(stop.id), begun, ended), _of_wand(stop, scans, begun, ended, latest)
        if wand is not None and STRENGTH[wand.way] >= STRENGTH[one.way]:
            one = wand
        if one.time is not None and not one.doubt:
            latest = one.time if latest is None else max(latest, one.time)
            if one.time < latest:
                one = one._replace(doubt="order")
        found.append(one)
    return found


def weakest(proofs: Sequence[Proved]) -> str:
    """The weakest proof over the stops that expect one; "" when none does."""
    expecting = [one.way for one in proofs if one.expects is not Expected.NONE]
    return min(expecting, key=lambda way: STRENGTH[way]).value if expecting else ""


def _of_wand(stop: Stop, scans: Sequence[Seen], begun: int, ended: int, latest: int | None) -> Proved | None:
    if not stop.code:
        return None
    fitting = [one for one in scans if one.code == stop.code and begun - SLACK_MS <= one.time <= ended + SLACK_MS]
    if not fitting:
        return None
    by_time = sorted([one for one in fitting if one.timed] or fitting, key=lambda one: (one.time, one.id))
    one = next((scan for scan in by_time if latest is None or scan.time >= latest), by_time[0])
    way = Expected.WAND if one.timed else Expected.DESK
    doubt = "weaker" if STRENGTH[way] < STRENGTH[stop.expects] else ""
    return Proved(stop.id, stop.expects, way, one.code, one.time, one.reader, doubt, one.id)


def _of_claim(stop: Stop, claim: Claim | None, begun: int, ended: int) -> Proved:
    nothing = Proved(stop.id, stop.expects, Expected.NONE, doubt="missing" if stop.expects is not Expected.NONE else "")
    if claim is None or claim.way is Expected.NONE:
        return nothing
    if not stop.code or claim.code != stop.code:
        return nothing._replace(code=claim.code, time=claim.time, doubt="wrong_code")
    if claim.way is Expected.WAND:
        return nothing._replace(code=claim.code, time=claim.time, doubt="no_scan")
    return nothing._replace(way=claim.way, code=claim.code, time=claim.time, doubt=_doubt(stop, claim, begun, ended))


def _doubt(stop: Stop, claim: Claim, begun: int, ended: int) -> str:
    if claim.time is None:
        return "no_time"
    if not begun - SLACK_MS <= claim.time <= ended + SLACK_MS:
        return "outside"
    return "weaker" if STRENGTH[claim.way] < STRENGTH[stop.expects] else ""
