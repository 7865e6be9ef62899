"""The time line of an alarm: its steps in the change log and the messages about it, in one order. Reads only."""

from collections.abc import Callable
from typing import Protocol

from sqlalchemy import Connection, select

from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.messages import NamesInfo, RoomInfo
from cityops_desktop.link.notify import Timeline, TimelineStep, WaysPage
from cityops_desktop.model.alarms import Alarm
from cityops_desktop.model.refused import Refused
from cityops_desktop.station.access import Access
from cityops_desktop.station.alarmquery import LOOKED_AT, sight_of
from cityops_desktop.station.asking import look_up
from cityops_desktop.store import alarms as alarm_table
from cityops_desktop.store import deliveries
from cityops_desktop.store.deliveries import Sent, Step
from cityops_desktop.store.schema import alarm as table
from cityops_desktop.store.store import Store

MOST_SECONDS = 2.0


class Telling(Protocol):
    """What knows the ways and the call list."""

    def page(self) -> WaysPage:
        """All of them."""
        ...


class StationTimeline:
    """Implements cityops_desktop.link.notify_api.NotifyDesk."""

    def __init__(self, room: Callable[[], RoomInfo], store: Store, access: Access, telling: Telling, book: AlarmBook) -> None:
        self._room, self._store, self._access, self._telling, self._book = room, store, access, telling, book

    def page(self) -> WaysPage:
        """See NotifyDesk."""
        return self._telling.page()

    async def timeline(self, alarm: str, credentials: Credentials) -> Timeline:
        """See NotifyDesk. Refused: no_such_alarm, log_in_to_see, search_too_slow, busy."""
        found = await look_up(self._store, lambda conn: _read(conn, alarm), MOST_SECONDS)
        if found is None:
            raise Refused("no_such_alarm")
        subject, steps, sent = found
        sight = sight_of(self._room())
        device = sight.device(subject.subject)
        if (
            self._book.find(alarm) is None
            and sight.guarded(subject.subject)
            and await self._access.withheld({device}, LOOKED_AT, credentials)
        ):
            raise Refused("log_in_to_see", device=device)
        names = {call.id: call.names for call in self._telling.page().calls}
        told = [_step(step) for step in steps] + [_message(one, names.get(one.call)) for one in sent]
        more = len(steps) >= deliveries.MOST or len(sent) >= deliveries.MOST
        return Timeline(alarm=alarm, steps=sorted(told, key=lambda one: one.time), more=more)


def _read(conn: Connection, id: str) -> tuple[Alarm, list[Step], list[Sent]] | None:
    found = alarm_table.read(conn, select(table).where(table.c.id == id))
    if not found:
        return None
    return found[0], deliveries.steps(conn, id), deliveries.about(conn, id, found[0].raised)


def _step(step: Step) -> TimelineStep:
    return TimelineStep(kind=step.kind, time=step.time, actor=step.actor, actor_name=step.actor_name if step.actor != "station" else "")


def _message(sent: Sent, names: NamesInfo | None) -> TimelineStep:
    return TimelineStep(
        kind="message",
        time=sent.created,
        actor=sent.actor or "",
        call=sent.call,
        names=names,
        way=sent.way,
        by=sent.by,
        about=sent.kind,
        alarms=len(sent.alarms),
        state=sent.state,
        why=sent.why,
        tries=sent.tries,
        sent=sent.sent,
        ended=sent.ended,
    )
