"""What goes into an incident bundle, read from a data directory beside its station or without one. Seals it; never changes the directory.

The 72 hours end two hours after the incident was recovered, or now if that is earlier; a longer incident lies within as a whole.
"""

import base64
import binascii
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import IO, Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, select

from cityops_desktop import __version__
from cityops_desktop.audit import keys
from cityops_desktop.audit.export import portions, texts
from cityops_desktop.audit.query import newest
from cityops_desktop.clock import Clock
from cityops_desktop.history.export import Form, Shape, write_text
from cityops_desktop.history.recorded import Recorded
from cityops_desktop.incidents.bundle import Sealing
from cityops_desktop.link.incidents import IncidentDetail
from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.model.envelope import Strip
from cityops_desktop.model.points import Point
from cityops_desktop.model.rooms import Room, Site
from cityops_desktop.reports.incident import About, report
from cityops_desktop.reports.page import html
from cityops_desktop.sentences import CAUSES
from cityops_desktop.station.incidents import detail, plan_info
from cityops_desktop.station.info import alarm_info
from cityops_desktop.store import incidents, notes
from cityops_desktop.store.alarms import read
from cityops_desktop.store.schema import alarm, alarm_still, incident
from cityops_desktop.store.sqlite import ask
from cityops_desktop.store.store import RECORDS
from cityops_desktop.texts import LANGUAGES, pick, speaking, tr

SPAN_MS = 72 * 3_600_000
AFTER_MS = 2 * 3_600_000
MOST_NOTES = 1000
MOST_STILLS = 500
AT_ONCE = 8
"""Points whose samples are in memory together."""
ROWS_AT_ONCE = 2000
SUFFIXES = {"image/jpeg": "jpg", "image/png": "png"}


def make(folder: Path, id: str, room: Room | None, origin: str, out: IO[bytes], fed: Iterable[bytes], clock: Clock) -> str:
    """Write the bundle of an incident (its id, or its number) into `out`; the hash. `fed`: lines with frames and stills, which only the
    running station has. Refused(no_such_incident), OSError, DBAPIError."""
    sealing = Sealing(out)
    try:
        return _filled(sealing, folder, id, room, origin, fed, clock)
    except BaseException:
        sealing.give_up()
        raise


def _filled(sealing: Sealing, folder: Path, id: str, room: Room | None, origin: str, fed: Iterable[bytes], clock: Clock) -> str:
    now, records = clock.wall(), folder / RECORDS
    told = ask(records, lambda conn: detail(conn, _id_of(conn, id), room.site if room else Site(), now, acts=True))
    start, end = span(told, now)
    zone: tzinfo = ZoneInfo(room.timezone) if room else ZoneInfo("UTC")
    plans = ask(records, lambda conn: [plan_info(row) for row in incidents.plans(conn)])
    _json(sealing, "incident.json", told.model_dump(mode="json"))
    _json(sealing, "plans.json", [plan.model_dump(mode="json") for plan in plans])
    _json(sealing, "alarms.json", ask(records, lambda conn: _alarms(conn, start, end)))
    _json(sealing, "notes.json", ask(records, lambda conn: [note._asdict() for note in notes.between(conn, start, end, MOST_NOTES)]))
    _changes(sealing, records, start, end)
    points = _samples(sealing, folder, room, start, end, Shape(False, origin, zone), clock)
    stills = _stills(sealing, records, start, end) + _fed(sealing, fed)
    about_report = _about(room, origin, zone, told, {plan.id: plan.code for plan in plans})
    _pages(sealing, told, about_report)
    about = {
        "made": now,
        "program": __version__,
        "room": {"id": room.id, "zh": room.names.zh, "en": room.names.en, "domain": room.domain} if room else {},
        "origin": origin,
        "timezone": str(zone),
        "incident": {"id": told.incident.id, "number": told.incident.number, "title": told.incident.title},
        "start": start,
        "end": end,
        "points": points,
        "stills": stills,
    }
    key = keys.load_or_make(folder, now) if (folder / keys.PRIVATE_FILE).exists() else None
    return sealing.seal(about, key.sign if key else None, key.public if key else b"")


def span(told: IncidentDetail, now: int) -> tuple[int, int]:
    """From when to when (UTC ms) samples and records are taken: 72 h, and the whole incident where it lasted longer."""
    one = told.incident
    end = min(now, one.recovered + AFTER_MS) if one.recovered is not None else now
    return min(end - SPAN_MS, told.start), end


def _id_of(conn: Connection, wanted: str) -> str:
    found = conn.execute(select(incident.c.id).where((incident.c.id == wanted) | (incident.c.number == wanted))).scalar()
    return str(found) if found is not None else wanted


def _json(sealing: Sealing, name: str, value: object) -> None:
    with sealing.file(name) as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=1).encode())


def _alarms(conn: Connection, start: int, end: int) -> list[dict[str, Any]]:
    stood = (alarm.c.raised <= end) & (alarm.c.returned.is_(None) | (alarm.c.returned >= start))
    rows = read(conn, select(alarm).where(stood).order_by(alarm.c.raised, alarm.c.id))
    return [alarm_info(row).model_dump(mode="json") for row in rows]


def _changes(sealing: Sealing, records: Path, start: int, end: int) -> None:
    """As `audit export` writes it: the rows with all that their hashes are made of."""
    upto = ask(records, newest)
    with sealing.file("changes.jsonl") as file:
        for text in texts(portions(lambda question: ask(records, question), upto, start, end + 1), "jsonl"):
            file.write(text.encode())


def _samples(
    sealing: Sealing, folder: Path, room: Room | None, start: int, end: int, shape: Shape, clock: Clock
) -> list[dict[str, object]]:
    """A CSV file for each point; which is whose stands in the manifest."""
    known = room.points() if room else {}
    points: list[dict[str, object]] = []
    recorded = Recorded(folder, clock)
    try:
        every = recorded.keys()
        for first in range(0, len(every), AT_ONCE):
            some = every[first : first + AT_ONCE]
            strips: dict[str, list[Strip]] = {key: [] for key in some}
            for key, strip in recorded.samples(some, start, end):
                strips[key].append(strip)
            for key in some:
                name = f"samples/{len(points) + 1:05}.csv"
                with sealing.file(name) as file:
                    text = _Text(file.write)
                    count = write_text(Form.CSV, cast("IO[str]", text), ((key, strip) for strip in strips.pop(key)), shape)
                    text.flush()
                points.append({"key": key, "file": name, "samples": count, **_named(known.get(key))})
    finally:
        recorded.close()
    return points


def _named(point: Point | None) -> dict[str, object]:
    return {} if point is None else {"zh": point.names.zh, "en": point.names.en, "unit": point.unit, "decimals": point.decimals}


class _Text(io.TextIOBase):
    """Text into a file of bytes, in pieces that are worth packing."""

    def __init__(self, write: Callable[[bytes], int]) -> None:
        self._put, self._waiting = write, list[str]()

    def write(self, text: str) -> int:
        """Rows come one by one."""
        self._waiting.append(text)
        if len(self._waiting) >= ROWS_AT_ONCE:
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Into the bundle."""
        self._put("".join(self._waiting).encode())
        self._waiting.clear()


def _stills(sealing: Sealing, records: Path, start: int, end: int) -> list[dict[str, object]]:
    """Pictures that were kept with alarms of this time; one by one, for they are large."""
    within = select(alarm_still.c.id, alarm_still.c.device, alarm_still.c.time, alarm_still.c.kind, alarm_still.c.occurrence)
    query = within.where(alarm_still.c.time.between(start, end)).order_by(alarm_still.c.time).limit(MOST_STILLS)
    told: list[dict[str, object]] = []
    for row in ask(records, lambda conn: conn.execute(query).all()):
        image = select(alarm_still.c.image).where(alarm_still.c.id == row.id)
        data = ask(records, partial(_scalar, image))
        if data is None:  # let go meanwhile
            continue
        name = f"stills/alarm-{len(told) + 1:03}.{SUFFIXES.get(row.kind, 'bin')}"
        with sealing.file(name) as file:
            file.write(data)
        told.append({"device": row.device, "time": row.time, "alarm": row.occurrence, "file": name})
    return told


def _scalar(query: Select[Any], conn: Connection) -> Any:
    return conn.execute(query).scalar()


def _fed(sealing: Sealing, fed: Iterable[bytes]) -> list[dict[str, object]]:
    """What the running station says of itself: frames of its wires, a line each, and the newest pictures of cameras."""
    stills: list[tuple[dict[str, object], bytes]] = []
    with sealing.file("frames.jsonl") as file:
        for line in fed:
            told = json.loads(line)
            if "still" in told:
                stills.append(_still(told, len(stills) + 1))
            else:
                file.write(line)
    for about, data in stills:
        with sealing.file(str(about["file"])) as file:
            file.write(data)
    return [about for about, _ in stills]


def _still(told: Mapping[str, Any], number: int) -> tuple[dict[str, object], bytes]:
    name = f"stills/{number:03}.{SUFFIXES.get(told['kind'], 'bin')}"
    try:
        data = base64.b64decode(told["data"], validate=True)
    except binascii.Error:
        data = b""
    return {"device": told["still"], "time": told["time"], "file": name}, data


def _about(room: Room | None, origin: str, zone: tzinfo, told: IncidentDetail, plans: Mapping[str, str]) -> Callable[[], About]:
    """Made anew for each language."""

    def made() -> About:
        site = told.site
        facts = (
            (tr("Room"), pick(room.names) if room else ""),
            (tr("Domain"), room.domain if room else ""),
            (tr("Owner"), site.owner),
            (tr("Operator"), site.operator),
            (tr("Competent authority"), site.authority),
        )
        demo = tr("DEMO: simulated") if origin == "demo" else ""
        return About(tuple(row for row in facts if row[1]), demo, zone, lambda one: _sentence(one, room), plans)

    return made


def _sentence(one: AlarmInfo, room: Room | None) -> str:
    point = room.points().get(one.subject) if room else None
    names = {device.id: device.names for device in room.devices} if room else {}
    place = pick(names[one.subject]) if one.subject in names else one.subject
    name = f"{pick(point.names)} ({one.subject})" if point else place
    unit = f" {point.unit}" if point and point.unit else ""
    figures = {what: "" if value is None else f"{value:g}{unit}" for what, value in (("value", one.value), ("limit", one.limit))}
    return tr(CAUSES[one.cause], name=name, points=one.points, detail=one.detail, **figures)


def _pages(sealing: Sealing, told: IncidentDetail, about: Callable[[], About]) -> None:
    """The report in both languages, for whoever has no program at hand."""
    for name in LANGUAGES:
        with speaking(name), sealing.file(f"report.{name}.html") as file:
            file.write(html(report(told, about()), name.replace("_", "-")).encode())


def lines(source: IO[bytes]) -> Iterator[bytes]:
    """What the station feeds, to its end."""
    yield from iter(source.readline, b"")
