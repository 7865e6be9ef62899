"""Questions about saved views, notes, and what happened in a time. Who may see what is looked at for each; acts are elsewhere.

Used from the station's event loop; store and history are read in worker threads.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Literal, TypeVar

from sqlalchemy import Connection

from cityops_desktop.history.history import History
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.messages import RoomInfo
from cityops_desktop.link.trends import (
    Crowd,
    EventMark,
    Figure,
    MarksPage,
    NoteInfo,
    NoteMark,
    NotesPage,
    Pause,
    ViewContent,
    ViewInfo,
    ViewsPage,
)
from cityops_desktop.model.people import Role
from cityops_desktop.model.refused import Refused
from cityops_desktop.people.people import People
from cityops_desktop.station.access import Access
from cityops_desktop.station.asking import look_up
from cityops_desktop.station.info import alarm_info
from cityops_desktop.store import happened, notes, views
from cityops_desktop.store.happened import Count
from cityops_desktop.store.notes import Note
from cityops_desktop.store.store import Store
from cityops_desktop.store.views import View

T = TypeVar("T")
MOST_NOTES = 200
MOST_MARKS = 500
MOST_ALARMS, MOST_NOTE_MARKS, MOST_EVENTS = 200, 50, 50
"""An alarm is two marks, a note and an event are one: all of them together are at most 500."""
MOST_SEEN = 5000
"""Notes of a span that are counted into crowds."""
BEGINNING = 80
"""Characters of a note's text that its mark tells."""
DAY_MS = 86_400_000


class StationTrends:
    """Implements cityops_desktop.link.trends_api.TrendsDesk."""

    def __init__(self, store: Store, people: People, access: Access, history: History, room: RoomInfo) -> None:
        self._store = store
        self._people = people
        self._access = access
        self._history = history
        self._device_of = {point.key: point.device for point in room.points}
        self._bus_of = {device.id: f"bus:{device.bus}" for device in room.devices}
        self._firsts: dict[str, int] = {}

    async def views(self, credentials: Credentials) -> ViewsPage:
        """One's own, then those shared with one's roles; of viewers, whoever asks."""
        who = await asyncio.to_thread(self._people.who, credentials.session, credentials.bound)
        person, roles = (who.person.id, who.person.roles) if who is not None else ("", frozenset[Role]())
        found = await look_up(self._store, lambda conn: views.TRENDS.seen_by(conn, person, roles | {Role.VIEWER}))
        return ViewsPage(views=[_view_info(view, person) for view in found])

    async def notes(self, start: int, end: int, credentials: Credentials) -> NotesPage:
        """The newest of the time; none about sensitive devices for whoever is not logged in."""
        found = await look_up(self._store, lambda conn: notes.between(conn, start, end, MOST_NOTES + 1))
        shown = await self._shown(found[:MOST_NOTES], credentials)
        return NotesPage(notes=[_note_info(note) for note in shown], more=len(found) > MOST_NOTES)

    async def note_picture(self, id: str, credentials: Credentials) -> bytes:
        """Refused: no_such_note, no_such_note_picture, and what looking at a sensitive device refuses."""
        note = await look_up(self._store, lambda conn: notes.get(conn, id))
        for device in sorted(self._about(note)):
            await self._access.look(device, "history", credentials)
        picture = await look_up(self._store, lambda conn: notes.picture(conn, id))
        if picture is None:
            raise Refused("no_such_note_picture")
        return picture

    async def marks(self, keys: list[str], start: int, end: int, credentials: Credentials) -> MarksPage:
        """Alarms of these points, notes and the station's own times, at most 500 marks and else crowds."""
        known = [key for key in dict.fromkeys(keys) if key in self._device_of]
        withheld = await self._access.withheld(self._devices(known), "history", credentials)
        subjects = self._subjects([key for key in known if self._device_of[key] not in withheld])

        def read(conn: Connection) -> tuple[MarksPage, list[Note]]:
            return _happened(conn, subjects, start, end), notes.between(conn, start, end, MOST_SEEN)

        page, written = await look_up(self._store, read)
        self._add_notes(page, await self._shown([note for note in written if note.withdrawn is None], credentials), start, end)
        withheld = await self._access.withheld(self._devices(known), "history", credentials)
        await asyncio.to_thread(self._add_firsts, page, [key for key in known if self._device_of[key] not in withheld], end)
        return page

    def _subjects(self, keys: Iterable[str]) -> list[str]:
        devices = self._devices(keys)
        buses = {self._bus_of[device] for device in devices if device in self._bus_of}
        return [*keys, *sorted(devices), *sorted(buses), "station"]

    def _devices(self, keys: Iterable[str]) -> set[str]:
        return {self._device_of[key] for key in keys if key in self._device_of}

    def _about(self, note: Note) -> set[str]:
        """The devices that a note tells of, also those that the room has no more."""
        return {self._device_of.get(key, key.rpartition(".")[0]) for key in note.keys}

    async def _shown(self, found: Sequence[Note], credentials: Credentials) -> list[Note]:
        """Those that whoever asks may see."""
        withheld = await self._access.withheld({device for note in found for device in self._about(note)}, "history", credentials)
        return [note for note in found if withheld.isdisjoint(self._about(note))]

    def _add_notes(self, page: MarksPage, found: Sequence[Note], start: int, end: int) -> None:
        page.total += len(found)
        if len(found) > MOST_NOTE_MARKS:
            times = sorted(min(max(note.begins, start), end) for note in found)
            page.crowds += [_crowd("note", one) for one in happened.crowds(times, start, end)]
            page.grouped = True
            return
        for note in sorted(found, key=lambda one: one.begins):
            text = " ".join(note.text.split())
            text = text if len(text) <= BEGINNING else text[: BEGINNING - 1] + "…"
            page.notes.append(NoteMark(id=note.id, begins=note.begins, ends=note.ends, actor_name=note.actor_name, text=text))

    def _add_firsts(self, page: MarksPage, keys: list[str], end: int) -> None:
        """Since when each point is recorded: looked for once, then remembered. In a worker thread."""
        now = self._people.clock.wall()
        if keys:
            page.oldest = self._history.past(keys[:1], now, now + 1, 1).oldest
        missing = [key for key in keys if key not in self._firsts]
        if missing and page.oldest is not None:
            self._look_for(missing, page.oldest, now)
        page.firsts = {key: self._firsts.get(key) for key in keys}

    def _look_for(self, keys: list[str], oldest: int, now: int) -> None:
        days: dict[str, int] = {}
        for count in self._history.days(keys, oldest - oldest % DAY_MS, now):
            days[count.key] = min(count.day, days.get(count.key, count.day))
        for key, day in days.items():
            strip = self._history.past([key], day * DAY_MS, day * DAY_MS + DAY_MS - 1, 1).strips.get(key)
            if strip is not None and len(strip):
                self._firsts[key] = int(strip.time[0])


def _happened(conn: Connection, subjects: Sequence[str], start: int, end: int) -> MarksPage:
    alarms = happened.alarms(conn, subjects, start, end, MOST_ALARMS + 1)
    events = happened.events(conn, start, end, MOST_SEEN)
    crowds: list[Crowd] = []
    total = len(alarms) + len(events)
    if len(alarms) > MOST_ALARMS:
        counts = happened.alarm_crowds(conn, subjects, start, end)
        total += sum(one.n for one in counts) - len(alarms)
        crowds += [_crowd("alarm", one) for one in counts]
        alarms = []
    if len(events) > MOST_EVENTS:
        crowds += [_crowd("event", one) for one in happened.crowds([event.time for event in events], start, end)]
        events = []
    return MarksPage(
        alarms=[alarm_info(alarm) for alarm in alarms],
        notes=[],
        events=[EventMark(**event._asdict()) for event in events],
        crowds=crowds,
        grouped=bool(crowds),
        total=total,
        pauses=[Pause.model_validate(one._asdict()) for one in happened.missed(conn, start, end, MOST_MARKS)],
        firsts={},
        oldest=None,
        began=happened.began(conn),
    )


def _crowd(sort: Literal["alarm", "note", "event"], one: Count) -> Crowd:
    return Crowd(sort=sort, start=one.start, end=one.end, count=one.n, level=one.level)


def _view_info(view: View, person: str) -> ViewInfo:
    content = ViewContent.model_validate_json(view.content)
    return ViewInfo(id=view.id, name=view.name, content=content, roles=list(view.roles), own=view.account == person, owner=view.owner)


def _note_info(note: Note) -> NoteInfo:
    return NoteInfo(**{**note._asdict(), "figures": [Figure.model_validate(figure) for figure in note.figures]})
