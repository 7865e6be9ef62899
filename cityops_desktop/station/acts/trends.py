"""Acts of people about the trends page: their views, and notes on what they saw. The figures of a note are the station's own."""

import base64
import binascii
import struct
from collections.abc import Mapping

from sqlalchemy import Connection

from cityops_desktop.history.history import History
from cityops_desktop.link.acts import AddNote, WithdrawNote
from cityops_desktop.link.messages import PointInfo, RoomInfo
from cityops_desktop.model.people import Role, Who
from cityops_desktop.model.points import Kind
from cityops_desktop.model.refused import Refused
from cityops_desktop.people.people import People
from cityops_desktop.station.acts.act import Acts, Data, Job
from cityops_desktop.station.acts.views import ViewActs
from cityops_desktop.station.figures import figures
from cityops_desktop.store import notes, views
from cityops_desktop.store.duty import logbook

LONGEST_MS = 366 * 86_400_000
IN_THE_BOOK = ("趋势记录", "Note on trends")
"""What a note is called in the log book, where each stands as an entry."""
PNG = b"\x89PNG\r\n\x1a\n"
PNG_HEAD = struct.Struct(">8sI4sII")
WIDEST = 4096
"""Pixels of a picture in each direction: what a console opens must not fill its memory."""


class TrendActs:
    """view.* and note.*."""

    def __init__(self, people: People, history: History, room: RoomInfo) -> None:
        self._people = people
        self._history = history
        self._points = {point.key: point for point in room.points}

    def acts(self) -> Acts:
        """By kind."""
        return {
            **ViewActs(views.TRENDS, "view", self._people).acts(),
            "note.add": self.add,
            "note.withdraw": self.withdraw,
        }

    def add(self, act: AddNote, who: Who) -> Job:
        """What somebody saw, with what the station knows of that time; it stands in the log book, too."""
        if not 0 < act.ends - act.begins <= LONGEST_MS:
            raise Refused("bad_request", detail="ends must lie after begins, by at most 366 days")
        picture = png(act.picture)
        points = chosen(self._points, act.points)
        told = [figure.model_dump() for figure in figures(self._history, points, act.begins, act.ends)]
        how: dict[str, object] = {"console": who.console}

        def run(conn: Connection) -> Data:
            id = notes.add(
                conn,
                begins=act.begins,
                ends=act.ends,
                text=act.text,
                figures=told,
                picture=picture,
                author=(who.person.id, who.person.display),
                time=who.time,
                act=how,
            )
            links = [(f"point:{point.key}", point.names.zh) for point in points]
            when = min(act.ends, who.time)
            logbook.write(conn, who, text=act.text, time=when, template=logbook.TRENDS, title=IN_THE_BOOK, links=links, note=id)
            return {"note": id}

        return run

    def withdraw(self, act: WithdrawNote, who: Who) -> Job:
        """One's own, or as the leader of the shift anybody's."""
        leads = Role.SHIFT_LEADER in who.person.roles
        how: dict[str, object] = {"console": who.console, "why": act.why}
        person = {"person": who.person.id, "name": who.person.display}
        return lambda conn: notes.withdraw(conn, act.note, **person, others=leads, time=who.time, act=how)


def chosen(points: Mapping[str, PointInfo], keys: list[str]) -> list[PointInfo]:
    """These points of a room. Refused(no_such_point), also of one that has no figures."""
    found = []
    for key in dict.fromkeys(keys):
        point = points.get(key)
        if point is None or point.kind is Kind.TEXT:
            raise Refused("no_such_point", point=key)
        found.append(point)
    return found


def png(text: str) -> bytes | None:
    """The picture; None when there is none. Refused(bad_request) when it is none of ours."""
    if not text:
        return None
    try:
        data = base64.b64decode(text, validate=True)
        sign, length, name, wide, high = PNG_HEAD.unpack_from(data)
    except (binascii.Error, struct.error):
        raise Refused("bad_request", detail="the picture is no PNG") from None
    if (sign, length, name) != (PNG, 13, b"IHDR") or not (0 < wide <= WIDEST and 0 < high <= WIDEST):
        raise Refused("bad_request", detail="the picture is no PNG, or a side of it has more than 4096 pixels")
    return data
