"""Questions about all alarms of all time. The room's names are turned into subjects here, so that the store looks for no words; who may see
what is one rule (people/sight.py). The store is read in worker threads, for a bounded time."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, select

from cityops_desktop.link.alarmquery import AlarmFilter, AlarmsPage, AlarmViewInfo, AlarmViewsPage
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.messages import NamesInfo, RoomInfo
from cityops_desktop.model.people import Role
from cityops_desktop.model.points import Level
from cityops_desktop.people.grants import covers
from cityops_desktop.people.people import People
from cityops_desktop.people.sight import NO_DEVICE, Reader, Sight, reader
from cityops_desktop.station.access import Access
from cityops_desktop.station.asking import look_up
from cityops_desktop.station.info import alarm_info
from cityops_desktop.store import alarmquery, views
from cityops_desktop.store.alarmquery import Page, Place, Question, Words
from cityops_desktop.store.schema import account
from cityops_desktop.store.store import Store
from cityops_desktop.store.views import View

T = TypeVar("T")
SECONDS = 3.0
AT_ONCE = 2
"""Questions that are answered side by side; the store's other readers stay free."""
KNOWN_SECONDS = 60.0
LOOKED_AT = "history"


def sight_of(room: RoomInfo) -> Sight:
    """The rule of who sees what, for this room."""
    sensitive = {device.id: device.sensitive for device in room.devices}
    return Sight(room.domain, sensitive, {point.key: point.device for point in room.points})


class Known(NamedTuple):
    """Everything that alarms are or were about, and those of which the past is told to persons only."""

    subjects: list[str]
    guarded: list[str]


class Subjects:
    """What alarms can be about, by the names that people know: group, device, point, line."""

    def __init__(self, room: RoomInfo, sight: Sight) -> None:
        self._sight = sight
        devices = {device.id: device for device in room.devices}
        self._group = {device.id: device.group.value for device in room.devices}
        self._words = {f"bus:{bus.id}": _words(f"bus:{bus.id}", bus.names) for bus in room.buses}
        self._words |= {device.id: _words(device.id, device.names) for device in room.devices}
        for point in room.points:
            self._group[point.key] = point.group.value
            self._words[point.key] = _words(point.key, point.names, devices[point.device].names)

    def among(self, known: Iterable[str], wanted: AlarmFilter) -> list[str] | None:
        """Those that fit group, device and point; None = nothing of these is asked for."""
        if not (wanted.groups or wanted.devices or wanted.points):
            return None
        groups, devices, points = frozenset(wanted.groups), frozenset(wanted.devices), frozenset(wanted.points)
        return [
            subject
            for subject in known
            if (not groups or self.group(subject) in groups)
            and (not devices or self._sight.device(subject) in devices)
            and (not points or subject in points)
        ]

    def group(self, subject: str) -> str:
        """The equipment group; "bus", "station", or "gone" of what the room has no more."""
        known = self._group.get(subject)
        if known:
            return known
        return "station" if subject in NO_DEVICE else "bus" if subject.startswith(("bus:", "gateway:")) else "gone"

    def with_word(self, known: Iterable[str], word: str) -> list[str]:
        """Those in whose names or ids it stands."""
        return [subject for subject in known if word in self._words.get(subject, subject.casefold())]

    def with_others(self, stored: Iterable[str]) -> "Known":
        """These and what the store knows besides: what the room had once."""
        every = list(dict.fromkeys((*self._words, *sorted(NO_DEVICE), *stored)))
        return Known(every, [subject for subject in every if self._sight.guarded(subject)])


def _words(id: str, *names: NamesInfo) -> str:
    return "\n".join((id, *(text for one in names for text in (one.zh, one.en)))).casefold()


class StationAlarmQuery:
    """Implements cityops_desktop.link.alarmquery_api.AlarmQueryDesk. Used from the station's loop; `room` gives the one in force."""

    def __init__(self, room: Callable[[], RoomInfo], store: Store, people: People, access: Access) -> None:
        self._room = room
        self._store = store
        self._people = people
        self._access = access
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._names: tuple[RoomInfo, Sight, Subjects] | None = None
        self._known: tuple[float, Subjects, Known] | None = None

    async def alarms(self, wanted: AlarmFilter, limit: int, after: str, credentials: Credentials) -> AlarmsPage:
        """A page of what this person may see. Refused: search_too_slow, busy, not_recorded, stolen_session."""
        room = self._room()
        sight, subjects = self._names_of(room)
        now = self._people.clock.wall()
        if wanted.domain and not covers(wanted.domain, room.domain):
            return AlarmsPage(now=now, alarms=[], next=None, count=None if after else 0, more=False)
        who = await asyncio.to_thread(self._people.who, credentials.session, credentials.bound)
        asks = reader(who, room.domain, self._people.policy.preset)
        place = Place(*map(int, after.split("."))) if after else None

        def read(conn: Connection) -> Page:
            question = question_of(conn, wanted, now, self._known_to(conn, subjects), subjects, asks)
            return alarmquery.page(conn, question, limit, place, counted=place is None)

        async with self._turns:
            found = await look_up(self._store, read, SECONDS)
        guarded = {sight.device(alarm.subject) for alarm in found.alarms if not alarm.open and sight.guarded(alarm.subject)}
        withheld = await self._access.withheld(guarded, LOOKED_AT, credentials)
        told = [alarm for alarm in found.alarms if alarm.open or sight.device(alarm.subject) not in withheld]
        next_page = str(found.next) if found.next is not None else None
        return AlarmsPage(now=now, alarms=[alarm_info(alarm) for alarm in told], next=next_page, count=found.count, more=found.more)

    async def alarm_views(self, credentials: Credentials) -> AlarmViewsPage:
        """One's own, then those shared with one's roles; of viewers, whoever asks."""
        who = await asyncio.to_thread(self._people.who, credentials.session, credentials.bound)
        person, roles = (who.person.id, who.person.roles) if who is not None else ("", frozenset[Role]())
        found = await look_up(self._store, lambda conn: views.ALARMS.seen_by(conn, person, roles | {Role.VIEWER}), SECONDS)
        return AlarmViewsPage(views=[_view_info(view, person) for view in found])

    def _names_of(self, room: RoomInfo) -> tuple[Sight, Subjects]:
        if self._names is None or self._names[0] is not room:
            sight = sight_of(room)
            self._names = (room, sight, Subjects(room, sight))
        return self._names[1:]

    def _known_to(self, conn: Connection, subjects: Subjects) -> Known:
        """In a worker; what the store knows is looked up once a minute: what is new in it stands in the room."""
        now, kept = self._people.clock.monotonic(), self._known
        if kept is None or kept[1] is not subjects or now - kept[0] > KNOWN_SECONDS:
            kept = self._known = (now, subjects, subjects.with_others(alarmquery.subjects(conn)))
        return kept[2]


def question_of(conn: Connection, wanted: AlarmFilter, now: int, known: Known, names: Subjects, asks: Reader) -> Question:
    """What the store is asked for what a person wants."""
    subjects, details, mixed = names.among(known.subjects, wanted), None, []
    typed = wanted.text.casefold().split()[: alarmquery.MOST_WORDS]
    every = alarmquery.details(conn) if typed else []
    for word in typed:
        meant = Words(names.with_word(known.subjects, word), [one for one in every if word in one.casefold()])
        if meant.subjects and meant.details:
            mixed.append(meant)
        elif meant.details:
            details = _both(details, meant.details)
        else:
            subjects = _both(subjects, meant.subjects)
    return Question(
        now=now,
        start=wanted.start if not wanted.back else now - wanted.back * 1000,
        end=wanted.end if not wanted.back else None,
        levels=[Level(level) for level in wanted.levels],
        states=wanted.states,
        hidden=wanted.hidden,
        subjects=subjects,
        details=details,
        words=mixed,
        actors=_actors(conn, wanted.person) if wanted.person.strip() else None,
        least=None if wanted.least is None else wanted.least * 1000,
        most=None if wanted.most is None else wanted.most * 1000,
        left_out=() if asks.named else known.guarded,
    )


def _both(some: list[str] | None, others: Sequence[str]) -> list[str]:
    """What is in both; None = everything."""
    return list(others) if some is None else sorted(set(some).intersection(others))


def _actors(conn: Connection, person: str) -> Sequence[str]:
    """The accounts with this id, or with these words in their full names."""
    words = person.casefold().split()
    rows = conn.execute(select(account.c.id, account.c.display))
    return [row.id for row in rows if row.id == person.strip() or all(word in row.display.casefold() for word in words)]


def _view_info(view: View, person: str) -> AlarmViewInfo:
    content = AlarmFilter.model_validate_json(view.content)
    return AlarmViewInfo(id=view.id, name=view.name, content=content, roles=list(view.roles), own=view.account == person, owner=view.owner)
