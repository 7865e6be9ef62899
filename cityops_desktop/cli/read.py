"""`read`: ask the devices of a room file once, without a station, and print what they answer."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic import BaseModel

from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.cli.app import Json, RoomFile, app, parts
from cityops_desktop.clock import Clock, SystemClock
from cityops_desktop.derive.source import derived, in_order, inputs_of, measured
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.model.drivers import LISTEN_FIRST, Driver, Session, WireError
from cityops_desktop.model.points import Point
from cityops_desktop.model.readings import Reading, Reason, failed
from cityops_desktop.model.rooms import Bus, Device, Room
from cityops_desktop.room.load import load_room
from cityops_desktop.sentences import QUALITIES, reason_text
from cityops_desktop.station.deriving import Deriving
from cityops_desktop.texts import N_, pick, tr

TRIES = 3
RETRY_PAUSE = 0.5
LISTENING = 0.25
"""Seconds that are listened at a time."""


@app.command(help=tr("Read every point of a room file once and print it; no station is needed, and none may own the ports."))
def read(
    room: RoomFile,
    point: Annotated[list[str] | None, typer.Option("--point", help=tr("only this point (device.point) or device; repeatable"))] = None,
    as_json: Json = False,
) -> None:
    """Exit code 0 = at least one value was read, 7 = none."""
    loaded = load_room(room, parts.drivers)
    wanted = _wanted(loaded, point or [])
    points = loaded.points()
    good = 0
    mark = "" if loaded.origin == "real" else f"【{tr('DEMO')}】"
    for reading in _read(loaded, wanted):
        good += reading.usable
        read_point = points[reading.point]
        typer.echo(_json(reading, read_point, loaded.origin) if as_json else mark + _line(reading, read_point))
    if not good:
        raise typer.Exit(int(Exit.NO_VALUE))


def _read(room: Room, wanted: set[str]) -> Iterator[Reading]:
    """The readings of these points, bus by bus; then what is reckoned from them, for which what that needs is read as well."""
    points = room.points()
    expressions = derived(points)
    needed = set(wanted)
    for key in reversed(in_order(expressions, points)[0]):
        if key in needed:
            needed.update(one for keys in inputs_of(expressions[key], points).values() for one in keys)
    clock = SystemClock()
    live = LiveTable(room, clock)
    buses = measured(room).buses
    with ThreadPoolExecutor(max_workers=max(1, len(buses))) as pool:
        for readings in pool.map(lambda bus: list(_read_bus(room, bus, needed)), buses):
            live.apply(readings)
            yield from (reading for reading in readings if reading.point in wanted)
    reckoned = (reading for report in Deriving(room, live, clock).tick(clock.monotonic()) for reading in report.readings)
    yield from (reading for reading in reckoned if reading.point in wanted)


def _wanted(room: Room, names: list[str]) -> set[str]:
    keys = set(room.points())
    wanted = {key for key in keys if not names or key in names or key.split(".")[0] in names}
    unknown = [n for n in names if n not in keys and n not in {device.id for device in room.devices}]
    if unknown:
        raise OperatorError(
            Problem(
                what=N_("there is no point or device “{name}” in this room"),
                do=N_("give an id as it stands in the room file, such as {example}"),
                where="--point",
                params={"name": unknown[0], "example": next(iter(sorted(keys)), "device.point")},
            ),
            Exit.USAGE,
        )
    return wanted


def _read_bus(room: Room, bus: Bus, wanted: set[str]) -> Iterator[Reading]:
    """The readings of one bus; requests that got no answer are asked again a little later."""
    driver: Driver = parts.drivers[bus.driver]
    clock = SystemClock()
    devices = [device for device in room.devices if device.bus == bus.id]
    asked = {d.id: [p for p in d.points if p.key in wanted] for d in devices}
    if not any(asked.values()):
        return
    try:
        session = driver.connect(bus, devices, clock)
    except WireError as error:
        yield from (failed(p.key, clock.wall(), error.reason, error.detail) for d in devices for p in asked[d.id])
        return
    newest: dict[str, Reading] = {}
    assert isinstance(bus.options, BaseModel)
    manners = driver.manners(bus.options)
    try:
        if manners.listen_only or not _is_ours(session, manners.first, clock):
            heard = _overheard(session, clock) if manners.listen_only else {}
            reason = Reason.NOT_HEARD if manners.listen_only else Reason.OTHER_MASTER
            yield from (heard.get(p.key) or failed(p.key, clock.wall(), reason) for d in devices for p in asked[d.id])
            return
        waiting = [request for d in devices for request in _plan(driver, bus, d, asked[d.id])]
        for attempt in range(TRIES):
            if attempt:
                time.sleep(RETRY_PAUSE)
            silent = []
            for request in waiting:
                result = session.execute(request)
                newest.update((reading.point, reading) for reading in result.readings)
                if not result.answered:
                    silent.append(request)
            waiting = silent
            if not waiting:
                break
    except WireError as error:
        for device in devices:
            for lost in asked[device.id]:
                newest.setdefault(lost.key, failed(lost.key, clock.wall(), error.reason, error.detail))
    finally:
        session.close()
    yield from (newest[p.key] for d in devices for p in asked[d.id])


def _is_ours(session: Session, seconds: float, clock: Clock) -> bool:
    """Was no other master heard for so long?"""
    end = clock.monotonic() + seconds
    while (left := end - clock.monotonic()) > 0:
        if session.listen(min(left, LISTENING)).foreign:
            return False
    return True


def _overheard(session: Session, clock: Clock) -> dict[str, Reading]:
    """By point, what was heard last on a line that is only listened to."""
    end = clock.monotonic() + LISTEN_FIRST
    heard: dict[str, Reading] = {}
    while (left := end - clock.monotonic()) > 0:
        heard.update((reading.point, reading) for reading in session.listen(min(left, LISTENING)).readings)
    return heard


def _plan(driver: Driver, bus: Bus, device: Device, points: list[Point]) -> list:  # type: ignore[type-arg]
    return driver.plan(bus, device, points) if points else []


def iso(ms: int) -> str:
    """UTC ms as ISO 8601 with milliseconds and Z."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json(reading: Reading, point: Point, origin: str) -> str:
    told: dict[str, object] = {
        "point": reading.point,
        "value": reading.value,
        "unit": point.unit,
        "quality": str(reading.quality),
        "time": iso(reading.time),
    }
    if origin != "real":
        told["origin"] = origin
    if reading.reason:
        told["reason"] = str(reading.reason)
        told["message"] = reason_text(reading.reason, reading.detail)
    return json.dumps(told, ensure_ascii=False)


def _line(reading: Reading, point: Point) -> str:
    value = "—" if reading.value is None else _text(reading.value, point)
    why = f" ({reason_text(reading.reason, reading.detail)})" if reading.reason else ""
    return f"{reading.point:<32} {value:>12} {point.unit:<6} {tr(QUALITIES[reading.quality])}{why}  {pick(point.names)}"


def _text(value: float | int | str, point: Point) -> str:
    if isinstance(value, str):
        return value
    if int(value) in point.states and point.states:
        return pick(point.states[int(value)])
    return f"{value:.{point.decimals}f}"
