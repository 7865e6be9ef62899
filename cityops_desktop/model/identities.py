"""Is the device on the wire the one that was admitted? Fingerprints, how two of them differ, what follows. Pure: no time, no store.

Nobody is taken for another by saying nothing: a device that does not answer who it is stays what it was, and a new one stays new.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from cityops_desktop.model.drivers import Identity
from cityops_desktop.model.points import Level

ANSWERS, REFUSES = "answers", "refuses"
"""The facts of a behaviour: ids of points, joined by blanks."""
_LITTLE = ("version", "firmware", "software", "revision", "application", "url", "sysdescr", "sysname")
"""A fact with one of these in its name changes while the device stays the same: its software is updated, its owner renames it."""
STATION = "station"


class Waits(StrEnum):
    """Why a device waits for an engineer."""

    NOTHING = ""
    NEW = "new"
    CHANGED = "changed"


class Verdict(StrEnum):
    """What was said now, beside what is known. LEARNED = nothing contradicts, and more is known now."""

    SAME = "same"
    LEARNED = "learned"
    LITTLE = "little"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Where a device hangs (bus, address, profile) and what it says of itself; `facts` None = it never said anything."""

    place: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] | None = None
    behaviour: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A device as the station knows it. `known` is what was admitted (None = never), `seen` what is there now and waits (None = nothing).

    `since` is when this began (UTC ms), `actor` who admitted it ("station" = found at commissioning) and `admitted` when.
    """

    id: str
    known: Fingerprint | None
    seen: Fingerprint | None
    since: int
    actor: str = ""
    admitted: int | None = None
    note: str = ""

    @property
    def waits(self) -> Waits:
        """Does it wait, and why?"""
        if self.seen is None:
            return Waits.NOTHING
        return Waits.NEW if self.known is None else Waits.CHANGED

    @property
    def level(self) -> Level:
        """How bad it is that it waits: another device is worse than a new one, or than the same with other software."""
        if self.known is None or self.seen is None or self.known.place != self.seen.place:
            return Level.MINOR
        said = Identity(self.seen.facts, self.seen.behaviour) if self.seen.facts is not None else None
        return Level.MAJOR if compare(self.known, said) is Verdict.OTHER else Level.MINOR

    @property
    def differs(self) -> list[str]:
        """The names of what is other than was admitted, those of the place first."""
        if self.known is None or self.seen is None:
            return []
        places = [name for name in self.seen.place if self.known.place.get(name) != self.seen.place[name]]
        return places + _differing(self.known.facts or {}, self.seen.facts or {}, self.known.behaviour and self.seen.behaviour)


def compare(known: Fingerprint, said: Identity | None) -> Verdict:
    """What a device says beside what is known of it. Facts that only one of both has contradict nothing."""
    if said is None or not said.facts:
        return Verdict.UNKNOWN
    if known.facts is None or (known.behaviour and not said.behaviour):
        return Verdict.LEARNED
    if said.behaviour and not known.behaviour:
        return Verdict.UNKNOWN
    names = _differing(known.facts, said.facts, said.behaviour)
    if names:
        return Verdict.LITTLE if said.behaviour or all(_is_little(name) for name in names) else Verdict.OTHER
    if not said.behaviour and not said.facts.keys() & known.facts.keys():
        return Verdict.UNKNOWN
    return Verdict.SAME if _joined(known, said) == known.facts else Verdict.LEARNED


def placed(standing: Standing | None, id: str, place: Mapping[str, str], now: int, *, found: bool) -> Standing:
    """The device as the room file has it now. `found`: one that is not known yet is taken over as it is, otherwise it waits."""
    if standing is None:
        here = Fingerprint(place)
        return Standing(id, here, None, now, STATION, now) if found else Standing(id, None, here, now)
    if standing.known is None:
        assert standing.seen is not None
        return standing if standing.seen.place == place else replace(standing, seen=replace(standing.seen, place=place))
    return _weighed(standing, replace(standing.seen or Fingerprint(), place=place), now)


def told(standing: Standing, said: Identity | None, now: int) -> Standing:
    """It has just said who it is (None: it said nothing)."""
    if said is None or not said.facts:
        return standing
    known, seen = standing.known, standing.seen
    if known is None:
        assert seen is not None
        if said.behaviour and seen.facts is not None and not seen.behaviour:
            return standing
        facts = _joined(seen, said) if compare(seen, said) in (Verdict.SAME, Verdict.LEARNED) else said.facts
        return replace(standing, seen=Fingerprint(seen.place, dict(facts), said.behaviour))
    verdict = compare(known, said)
    if verdict is Verdict.UNKNOWN:
        return standing
    place = seen.place if seen is not None else known.place
    now_seen = Fingerprint(place, dict(said.facts), said.behaviour)
    if verdict in (Verdict.SAME, Verdict.LEARNED) and place == known.place:
        facts = dict(_joined(known, said))
        known = known if facts == known.facts and said.behaviour is known.behaviour else Fingerprint(place, facts, said.behaviour)
        standing = replace(standing, known=known)
    return _weighed(standing, now_seen, now)


def admitted(standing: Standing, seen: Fingerprint, actor: str, now: int, note: str) -> Standing:
    """An engineer has admitted what he saw. What is there by now may be something else again: then it waits anew."""
    before = standing.known or Fingerprint()
    known = seen if seen.facts is not None else Fingerprint(seen.place, before.facts, before.behaviour)
    taken = Standing(standing.id, known, None, now, actor, now, note)
    return taken if standing.seen is None or standing.seen == seen else _weighed(taken, standing.seen, now)


def _weighed(standing: Standing, seen: Fingerprint, now: int) -> Standing:
    """Does what is there now differ from what was admitted?"""
    known = standing.known
    assert known is not None
    said = Identity(seen.facts, seen.behaviour) if seen.facts is not None else None
    other = seen.place != known.place or compare(known, said) in (Verdict.LITTLE, Verdict.OTHER)
    if not other:
        return standing if standing.seen is None else replace(standing, seen=None, since=now)
    return replace(standing, seen=seen, since=standing.since if standing.seen is not None else now)


def _joined(known: Fingerprint, said: Identity) -> Mapping[str, str]:
    """All that is known then; real facts take the place of a behaviour."""
    if known.facts is None or known.behaviour is not said.behaviour:
        return dict(said.facts)
    joined = {**known.facts, **said.facts}
    if not said.behaviour or not joined.keys() & {ANSWERS, REFUSES}:
        return joined
    answers, refuses = _points(said.facts, ANSWERS), _points(said.facts, REFUSES)
    answered, refused = _points(known.facts, ANSWERS), _points(known.facts, REFUSES)
    return {**joined, **behaviour((answered | answers) - refuses, (refused | refuses) - answers).facts}


def behaviour(answers: frozenset[str], refuses: frozenset[str]) -> Identity:
    """A device that says nothing of itself, by which of its points answer and which it refuses."""
    return Identity({ANSWERS: " ".join(sorted(answers)), REFUSES: " ".join(sorted(refuses))}, behaviour=True)


def _differing(known: Mapping[str, str], said: Mapping[str, str], of_behaviour: bool) -> list[str]:
    sets = (ANSWERS, REFUSES) if of_behaviour else ()
    names = [name for name, value in said.items() if name not in sets and known.get(name, value) != value]
    turned = _points(known, ANSWERS) & _points(said, REFUSES) | _points(known, REFUSES) & _points(said, ANSWERS)
    return names + (sorted(turned) if of_behaviour else [])


def _points(facts: Mapping[str, str], name: str) -> frozenset[str]:
    return frozenset(facts.get(name, "").split())


def _is_little(name: str) -> bool:
    return any(word in name.casefold() for word in _LITTLE)
