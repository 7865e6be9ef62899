"""The life of a handover as a table, whose turn it hands on, who may begin it and when it is late. Pure: knows no store and no sheet."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

MINUTE_MS = 60_000
AHEAD_MS = 12 * 3_600_000
"""What becomes due so long after the freeze stands on page one."""
EARLY_MS = 2 * 3_600_000
"""So long before the end of a turn its handover may be signed: an earlier one was that of another turn."""
LAST_PATROL_MS = 30 * MINUTE_MS
"""The last patrol begins so long before the end of the turn."""


class State(StrEnum):
    """A draft is kept nowhere: it is the sheet as it would be now. `told`: the outgoing signed first, `taken`: the incoming."""

    DRAFT = "draft"
    OFFERED = "offered"
    TOLD = "told"
    TAKEN = "taken"
    REFUSED = "refused"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


class Event(StrEnum):
    """What people do about a handover. Each offer is a freeze, after which nobody has signed."""

    OFFER = "offer"
    GIVE = "give"
    TAKE = "take"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


OPEN = (State.OFFERED, State.TOLD, State.TAKEN)
"""It lies before the incoming."""
UNDER_WAY = (*OPEN, State.REFUSED)

MOVES: Mapping[tuple[State, Event], State] = {
    (State.DRAFT, Event.OFFER): State.OFFERED,
    **{(state, Event.OFFER): State.OFFERED for state in UNDER_WAY},
    (State.OFFERED, Event.GIVE): State.TOLD,
    (State.OFFERED, Event.TAKE): State.TAKEN,
    (State.TAKEN, Event.GIVE): State.ACCEPTED,
    (State.TOLD, Event.TAKE): State.ACCEPTED,
    **{(state, Event.REFUSE): State.REFUSED for state in OPEN},
    **{(state, Event.WITHDRAW): State.WITHDRAWN for state in UNDER_WAY},
}


def after(state: State, event: Event) -> State | None:
    """What follows; None = cannot happen."""
    return MOVES.get((state, event))


class Member(NamedTuple):
    """Somebody of the outgoing crew: the account, whether that person leads a shift, and is known to be here."""

    account: str
    leads: bool
    here: bool


def starters(crew: Iterable[Member]) -> frozenset[str] | None:
    """Who may hand on: the leaders of the outgoing crew who are here; all of the crew if there is none; None = nobody is known, anybody
    with the right."""
    known = list(crew)
    if not known:
        return None
    leaders = frozenset(one.account for one in known if one.leads and one.here)
    return leaders or frozenset(one.account for one in known)


class Turn(NamedTuple):
    """From when to when (UTC ms)."""

    begin: int
    end: int


def owed(before: Turn, begun: int, signed: int | None) -> bool:
    """Has the turn that is over still to be handed on? `begun`: since when this station is used; `signed`: the newest handover."""
    return before.begin >= begun and (signed is None or signed < before.end - EARLY_MS)


def due_since(before: Turn, begun: int, signed: int | None, wall: int, minutes: int) -> int | None:
    """Since when the handover of the turn that is over is late (UTC ms); None = it is not. `minutes` 0 = nobody is reminded."""
    at = before.end + minutes * MINUTE_MS
    return at if minutes and wall >= at and owed(before, begun, signed) else None


def held(before: Turn, begun: int, signed: int | None) -> bool:
    """Is the crew of the turn that is over still on duty? Only one that took over by signature stays bound until it hands on."""
    return signed is not None and signed >= before.begin - EARLY_MS and owed(before, begun, signed)


def handed_on(now: Turn, before: Turn | None, begun: int, signed: int | None) -> Turn:
    """Which turn a handover that is begun now is about: the one that is over, as long as it has not been handed on."""
    return before if before is not None and owed(before, begun, signed) else now
