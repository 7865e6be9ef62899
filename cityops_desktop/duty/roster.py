"""Whose turn it is: patterns, versions of a plan, changes over it, turns and holes. Pure: no clock, no I/O; names of accounts are ids.

A plan is published from a day on and never rewritten: the version published last supersedes all others from its first day. Leave, swaps
and stand-ins lie over it: a place of the plan passes from person to person, the plan itself stays what it was. The forms of 四班三运转 and
their kin are from public rosters; a test shows of each that every slot of every day has exactly one crew.
"""

import datetime
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from cityops_desktop.texts import N_

CREW, LEADER = "crew", "leader"
"""The posts that everything else asks for: who watches the room, and who leads (领导带班)."""
FREE = "-休"
"""Signs of a cycle that are a day without a turn; blanks and the bar are for reading only."""
DAY = datetime.timedelta(days=1)


def _day(text: str) -> str:
    datetime.date.fromisoformat(text)
    return text


Account = Annotated[str, Field(min_length=1, max_length=64)]
Sign = Annotated[str, Field(min_length=1, max_length=1)]
Name = Annotated[str, Field(max_length=40)]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_day)]
PostId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=40)]


class Part(BaseModel):
    """Base of what a plan is made of."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Slot(Part):
    """A turn that comes again: `sign` is its letter in the cycle. `end` not after `begin` = on the next day; both alike = 24 hours."""

    sign: Sign
    name: Annotated[Name, Field(min_length=1)]
    begin: Clock
    end: Clock


class Crew(Part):
    """On the plan's `epoch` this crew stands at `offset` of the cycle. `members` are accounts."""

    name: Name
    offset: Annotated[int, Field(ge=0, le=1000)]
    members: Annotated[tuple[Account, ...], Field(max_length=50)]


class Listed(Part):
    """A day of a list (holidays): who has this slot, or every slot ("")."""

    day: Day
    sign: Annotated[str, Field(max_length=1)] = ""
    members: Annotated[tuple[Account, ...], Field(max_length=50)]


class Plan(Part):
    """A version of a post's plan, from the day `since` on. `round_clock`: any time without somebody is a hole; else a slot that no crew has
    on a day is none on that day. `fixed`: crews keep their slot and the cycle does not go on. With `listed` there is no cycle; `replaces`
    names the post whose turns it fills on its days ("" = a post of its own). A plan of nothing ends the post."""

    post: PostId
    name: Annotated[Name, Field(min_length=1)]
    since: Day
    slots: Annotated[tuple[Slot, ...], Field(max_length=12)] = ()
    cycle: Annotated[str, Field(max_length=1000)] = ""
    epoch: Literal[""] | Day = ""
    crews: Annotated[tuple[Crew, ...], Field(max_length=100)] = ()
    fixed: bool = False
    round_clock: bool = True
    listed: Annotated[tuple[Listed, ...], Field(max_length=400)] = ()
    replaces: Literal[""] | PostId = ""

    @property
    def over(self) -> bool:
        """Does it end the post?"""
        return not self.slots and not self.listed


class Sort(StrEnum):
    """Of a change: away, two who change places, somebody for somebody else."""

    LEAVE = "leave"
    SWAP = "swap"
    STAND_IN = "stand_in"


@dataclass(frozen=True, slots=True)
class Passing:
    """A place that passes from `out` to `into` ("" = nobody) for a time (UTC ms). `post` "" = on all posts."""

    post: str
    out: str
    into: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a turn: whose it is by the plan, and who has it now ("" = nobody)."""

    planned: str
    holder: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of a post on a day: `crew` the names of the crews of the plan, `members` their accounts by the plan."""

    post: str
    sign: str
    name: str
    begin: int
    end: int
    crew: str = ""
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hole:
    """Nobody has this post for this time; `name` of the turn, "" between turns."""

    post: str
    name: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """A form of roster that many rooms use. `crews` stand `step` days apart in the cycle."""

    id: str
    title: str
    cycle: str
    crews: int
    step: int
    slots: tuple[tuple[str, str, str, str], ...]
    """Sign, name (marked for the catalogue), begin, end."""
    fixed: bool = False


_D8 = ("D", N_("Day turn"), "08:00", "16:00")
_E8 = ("E", N_("Evening turn"), "16:00", "00:00")
_N8 = ("N", N_("Night turn"), "00:00", "08:00")
_D12 = ("D", N_("Day turn"), "08:00", "20:00")
_N12 = ("N", N_("Night turn"), "20:00", "08:00")
_F24 = ("F", N_("Whole day"), "08:00", "08:00")

PATTERNS: tuple[Pattern, ...] = (
    Pattern("4x3x2", N_("Four crews, three turns, two days each"), "DDEE-NN-", 4, 2, (_D8, _E8, _N8)),
    Pattern("4x3x3", N_("Four crews, three turns, three days each"), "DDDEEE-NNN--", 4, 3, (_D8, _E8, _N8)),
    Pattern("4x3", N_("Four crews, three turns, one day each"), "DE-N", 4, 1, (_D8, _E8, _N8)),
    Pattern("5x3", N_("Five crews, three turns"), "EEDDNN----", 5, 2, (_D8, _E8, _N8)),
    Pattern("4x2", N_("Four crews, two turns"), "DDNN----", 4, 2, (_D12, _N12)),
    Pattern("3x2", N_("Three crews, two turns"), "DDNN--", 3, 2, (_D12, _N12)),
    Pattern("2x12", N_("Two crews, 12 hours each, always the same"), "DN", 2, 1, (_D12, _N12), fixed=True),
    Pattern("24-2", N_("24 hours, then two days free"), "F--", 3, 1, (_F24,)),
    Pattern("24-3", N_("24 hours, then three days free"), "F---", 4, 1, (_F24,)),
)
"""A night that begins at 00:00 stands on the day of its morning, so that the free day before it is the one after the evening turns."""


def weekly(members: int) -> str:
    """The cycle of so many who lead a week each, seven days apart."""
    return "F" * 7 + "-" * 7 * (members - 1)


def daily(members: int) -> str:
    """The cycle of so many who lead a day each, one day apart."""
    return "F" + "-" * (members - 1)


def signs(cycle: str) -> str:
    """A cycle without what only helps to read it, free days as "-"."""
    return "".join("-" if sign in FREE else sign for sign in cycle if not sign.isspace() and sign != "|")


def wrong(plan: Plan) -> str:
    """What is wrong with a plan as a whole, as a code; "" = nothing."""
    slots = {slot.sign for slot in plan.slots}
    if len(slots) < len(plan.slots) or any(sign in FREE + "|" or sign.isspace() for sign in slots):
        return "roster_slots"
    if plan.over:
        return "roster_cycle" if plan.crews or plan.cycle or plan.replaces else ""
    if plan.listed:
        own = bool(plan.slots) and all(one.sign in slots | {""} for one in plan.listed)
        fits = not plan.slots and plan.replaces != plan.post if plan.replaces else own
        return "" if fits and not plan.crews and not plan.cycle else "roster_list"
    cycle = signs(plan.cycle)
    if plan.replaces or not cycle or not set(cycle) <= slots | {"-"} or not plan.crews or not plan.epoch:
        return "roster_cycle"
    return "" if all(crew.offset < len(cycle) for crew in plan.crews) else "roster_cycle"


def day_of(text: str) -> datetime.date:
    """A day as plans write it. ValueError."""
    return datetime.date.fromisoformat(text)


def edge(day: datetime.date, clock: str, zone: ZoneInfo) -> int:
    """This time of this day in UTC ms. A time that the change to summer time leaves out is the moment at which the clock jumps on; of one
    that comes twice the first counts."""
    return round(datetime.datetime.combine(day, datetime.time.fromisoformat(clock), zone).timestamp() * 1000)


def span(slot: Slot, day: datetime.date, zone: ZoneInfo) -> tuple[int, int]:
    """When this slot of this day begins and ends (UTC ms)."""
    last = day + DAY if slot.end <= slot.begin else day
    return edge(day, slot.begin, zone), edge(last, slot.end, zone)


def crews_at(plan: Plan, day: datetime.date) -> Iterator[tuple[str, Crew]]:
    """The crews of this day that have a turn, with its sign."""
    cycle = signs(plan.cycle)
    gone = 0 if plan.fixed or not cycle else (day - day_of(plan.epoch)).days
    for crew in plan.crews:
        sign = cycle[(crew.offset + gone) % len(cycle)]
        if sign != "-":
            yield sign, crew


class Roster:
    """All posts: `plans` in the order in which they were published, `passings` the changes over them."""

    def __init__(self, plans: Sequence[Plan], passings: Sequence[Passing], zone: ZoneInfo, away: Collection[str] = ()) -> None:
        """`away`: accounts that nobody can count on (not enabled any more)."""
        self._versions: dict[str, list[Plan]] = {}
        for plan in plans:
            self._versions.setdefault(plan.post, []).append(plan)
        self._passings, self._zone, self._away = passings, zone, frozenset(away)

    @property
    def posts(self) -> list[str]:
        """In the order of their first plans, lists that fill another post's turns left out."""
        return [post for post, versions in self._versions.items() if not versions[-1].replaces]

    def plan(self, post: str, day: datetime.date) -> Plan | None:
        """The version in force on a day; None before the first and after an end."""
        text = day.isoformat()
        found = next((plan for plan in reversed(self._versions.get(post, ())) if plan.since <= text), None)
        return None if found is None or found.over else found

    def day(self, post: str, day: datetime.date) -> list[Turn]:
        """The turns of a post that begin on this day, by their begin."""
        plan = self.plan(post, day)
        if plan is None:
            return []
        crews = list(crews_at(plan, day)) if not plan.listed else []
        found = []
        for slot in plan.slots:
            of_list = self._of_lists(post, day, slot.sign)
            named = [(crew.name, crew.members) for sign, crew in crews if sign == slot.sign] if of_list is None else of_list
            if not named and (plan.listed or not plan.round_clock):
                continue
            members = tuple(dict.fromkeys(member for _, theirs in named for member in theirs))
            begin, end = span(slot, day, self._zone)
            crew_names = " ".join(name for name, _ in named if name)
            found.append(Turn(post, slot.sign, slot.name, begin, end, crew_names, members))
        return sorted(found, key=lambda turn: (turn.begin, turn.end))

    def turns(self, post: str, begin: int, end: int) -> list[Turn]:
        """The turns of a post that touch this time (UTC ms), by their begin."""
        first, last = self._day(begin) - 2 * DAY, self._day(end) + DAY
        days = (first + n * DAY for n in range((last - first).days + 1))
        found = [turn for day in days for turn in self.day(post, day) if turn.begin < end and turn.end > begin]
        return sorted(found, key=lambda turn: (turn.begin, turn.end))

    def turn(self, post: str, at: int) -> Turn | None:
        """The turn that runs; of two that overlap the one that began last."""
        return max(self.turns(post, at, at + 1), key=lambda turn: turn.begin, default=None)

    def begun(self, post: str, at: int) -> bool:
        """Has the first turn of a post's first plan begun? Until then whatever was before the roster holds."""
        versions = self._versions.get(post)
        if not versions:
            return False
        first = datetime.date.fromisoformat(min(plan.since for plan in versions))
        return self._day(at) > first or any(turn.begin <= at for turn in self.day(post, first))

    def next_turn(self, post: str, at: int) -> Turn | None:
        """The first that begins after this time, within a month."""
        return next((turn for turn in self.turns(post, at, at + 31 * 86_400_000) if turn.begin > at), None)

    def places(self, turn: Turn, at: int) -> list[Place]:
        """Who has the places of a turn at a time."""
        return [Place(planned, self._holder(turn.post, planned, at)) for planned in turn.members]

    def holders(self, turn: Turn, at: int) -> list[str]:
        """Whom the room can count on at a time of this turn, each once."""
        return list(dict.fromkeys(place.holder for place in self.places(turn, at) if place.holder))

    def held(self, turn: Turn) -> list[tuple[str, list[str]]]:
        """Each place of a turn: whose it is by the plan, and who has it one after the other ("" = nobody)."""
        times = [at for at, _ in self._pieces([turn], turn.begin, turn.end)]
        return [(planned, list(dict.fromkeys(self._holder(turn.post, planned, at) for at in times))) for planned in turn.members]

    def ever(self, turn: Turn) -> list[str]:
        """Whoever has a place in it at any time of it."""
        return list(dict.fromkeys(one for at, _ in self._pieces([turn], turn.begin, turn.end) for one in self.holders(turn, at)))

    def holes(self, begin: int, end: int) -> list[Hole]:
        """When nobody has a post; pieces that touch are one."""
        return sorted((hole for post in self.posts for hole in self._holes(post, begin, end)), key=lambda hole: (hole.begin, hole.post))

    def wanted(self, post: str, at: int) -> bool:
        """Must somebody have this post at a time: in a turn, or round the clock?"""
        return self.turn(post, at) is not None or self._round_clock(post, at)

    def _of_lists(self, post: str, day: datetime.date, sign: str) -> list[tuple[str, tuple[str, ...]]] | None:
        """What the lists say of a slot of this day: the post's own, or one that replaces it; None = none says anything."""
        named: list[tuple[str, tuple[str, ...]]] = []
        for other in self._versions:
            plan = self.plan(other, day)
            if plan is None or (plan.replaces != post and not (other == post and plan.listed)):
                continue
            own = [one for one in plan.listed if one.day == day.isoformat() and one.sign in ("", sign)]
            named += [(plan.name if plan.replaces else "", one.members) for one in own]
        return named or None

    def _holder(self, post: str, planned: str, at: int) -> str:
        """The place passes on until nobody passes it on, or back to whoever had it; somebody counts more than an empty place."""
        holder, met = planned, {planned}
        while holder:
            into = self._into(post, holder, at)
            if into is None or into in met:
                break
            met.add(into)
            holder = into
        return "" if holder in self._away else holder

    def _into(self, post: str, holder: str, at: int) -> str | None:
        found: str | None = None
        for one in self._passings:
            if one.out == holder and one.begin <= at < one.end and one.post in ("", post):
                found = one.into or found or ""
        return found

    def _holes(self, post: str, begin: int, end: int) -> Iterator[Hole]:
        turns = self.turns(post, begin, end)
        open_: Hole | None = None
        for at, until in self._pieces(turns, begin, end):
            running = [turn for turn in turns if turn.begin <= at < turn.end]
            if not (running or self._round_clock(post, at)) or any(self.holders(turn, at) for turn in running):
                continue
            name = running[-1].name if running else ""
            if open_ is not None and open_.end == at and open_.name == name:
                open_ = Hole(post, name, open_.begin, until)
                continue
            if open_ is not None:
                yield open_
            open_ = Hole(post, name, at, until)
        if open_ is not None:
            yield open_

    def _round_clock(self, post: str, at: int) -> bool:
        """Must somebody be there between turns? Not before the first turn of all."""
        day = self._day(at)
        plan = self.plan(post, day)
        if plan is None or not plan.round_clock or plan.listed:
            return False
        return self.plan(post, day - DAY) is not None or any(turn.begin <= at for turn in self.day(post, day))

    def _pieces(self, turns: Iterable[Turn], begin: int, end: int) -> Iterator[tuple[int, int]]:
        """The time between two edges of turns, changes and days, so that within a piece nothing changes."""
        edges = {begin, end}
        edges |= {edge for turn in turns for edge in (turn.begin, turn.end)}
        edges |= {edge for one in self._passings for edge in (one.begin, one.end)}
        day = self._day(begin)
        while (midnight := edge(day, "00:00", self._zone)) < end:
            edges.add(midnight)
            day += DAY
        within = sorted(edge for edge in edges if begin <= edge <= end)
        yield from itertools.pairwise(within)

    def _day(self, at: int) -> datetime.date:
        return datetime.datetime.fromtimestamp(at / 1000, self._zone).date()


def passings(sort: Sort, post: str, account: str, begin: int, end: int, other: str, other_begin: int, other_end: int) -> list[Passing]:
    """What a change means: a swap is two stand-ins."""
    found = [Passing(post, account, "" if sort is Sort.LEAVE else other, begin, end)]
    return [*found, Passing(post, other, account, other_begin, other_end)] if sort is Sort.SWAP else found


def pattern(id: str) -> Pattern:
    """By its id. KeyError."""
    return {one.id: one for one in PATTERNS}[id]


def crews_of(one: Pattern, members: Sequence[tuple[str, Sequence[str]]]) -> tuple[Crew, ...]:
    """The crews of a pattern in their order: name and accounts of each."""
    return tuple(Crew(name=name, offset=n * one.step % len(one.cycle), members=tuple(who)) for n, (name, who) in enumerate(members))


def slots_of(one: Pattern, words: Mapping[str, str], letters: Mapping[str, str]) -> tuple[Slot, ...]:
    """Its slots, with the names and signs of somebody's language."""
    return tuple(Slot(sign=letters.get(sign, sign), name=words[name], begin=begin, end=end) for sign, name, begin, end in one.slots)
