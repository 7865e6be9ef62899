"""What the window costs: opening pages, one frame of sixteen curves, one changed rack of a row, one changed sensor of the floor."""

import json
import subprocess
import sys
import time
from statistics import median
from typing import cast

from PySide6.QtWidgets import QApplication

from bench import trendsframe
from bench.page import Measure, Part
from bench.rooms import ROOT, demo_room
from cityops_desktop.link.messages import (
    Change,
    Copy,
    DeviceInfo,
    LiveInfo,
    NamesInfo,
    PlaceInfo,
    PointInfo,
    RackInfo,
    RackItemInfo,
    RoomInfo,
    StationInfo,
)
from cityops_desktop.model.points import Group, Kind
from cityops_desktop.model.readings import Quality
from ui import app as console
from ui import theme
from ui.link import Link
from ui.models.room import RoomModel
from ui.pages.floor.page import FloorPage
from ui.pages.page import Page
from ui.pages.racks.page import RacksPage

OPENINGS = 3
CHANGES = 40
NOW = 1_790_000_000_000
LIMIT_OPEN, LIMIT_RACK, LIMIT_FLOOR = 150.0, 5.0, 10.0


def measures() -> Part:
    """Pages on the live demo room; frames on made rooms, offscreen, processor time."""
    opening = openings()
    how, curves = trendsframe.measures()[1:]
    app = console.application()
    console.load_fonts()
    theme.apply(app, theme.LIGHT)
    rack = frames(app, RacksPage, made_room(rows=1, racks=8), "th-a01.t")
    floor = frames(app, FloorPage, made_room(rows=2, racks=12), "th-a01.t")
    told = (
        f"Pages are opened in {OPENINGS} new consoles on the live demo room, offscreen at 1920 × 1080, from the click to the end of the "
        f"page's paint. {how} A rack of a row of 8 with 42 units each, and a sensor of a floor with 24 racks and 48 sensors, change "
        f"{CHANGES} times: processor time from the message to the painted page at 1366 × 768, median."
    )
    return (
        "The window",
        told,
        [
            *opening,
            *curves,
            Measure("racks, one changed rack", rack[0], LIMIT_RACK, "ms of CPU", f"the whole page painted anew: {rack[1]:.1f} ms"),
            Measure("floor, one changed sensor", floor[0], LIMIT_FLOOR, "ms of CPU", f"the whole page painted anew: {floor[1]:.1f} ms"),
        ],
    )


def openings() -> list[Measure]:
    """The slowest page, first and again."""
    runs = []
    with demo_room() as rooms:
        rooms.start_station()
        for _ in range(OPENINGS):
            command = [sys.executable, "-m", "bench.opening", str(rooms.data)]
            runs.append(json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout))
    first = {page: median(run["first"][page] for run in runs) for page in runs[0]["first"]}
    again = {page: median(ms for run in runs for ms in run["again"][page]) for page in runs[0]["again"]}
    return [
        Measure(f"a page opens {name}, the slowest ({slowest})", times[slowest], LIMIT_OPEN, "ms", "a glance: 150 ms", _each(times))
        for name, times in (("for the first time", first), ("again", again))
        for slowest in [max(times, key=lambda page: times[page])]
    ]


def _each(times: dict[str, float]) -> str:
    return ", ".join(f"{page} {ms:.0f}" for page, ms in times.items())


def frames(app: QApplication, kind: type[Page], room: RoomInfo, key: str) -> tuple[float, float]:
    """Milliseconds of processor time for one changed point, and for the whole page."""
    model = RoomModel()
    page = kind(model, cast(Link, None))
    page.resize(1214, 660)
    page.show()
    lives = [LiveInfo(key=p.key, value=22.0, quality=Quality.GOOD, time=NOW, last_value=22.0, last_time=NOW) for p in room.points]
    station = StationInfo(boot="b", program="0", started=NOW, setup_required=False, recording=True)
    model.apply_copy(Copy(seq=1, now=NOW, room=room, live=lives, alarms=[], station=station))
    model.set_connected(True)
    settle(app)
    one, whole = [], []
    for turn in range(CHANGES):
        settle(app)
        value = 22.0 + turn % 5
        change = LiveInfo(key=key, value=value, quality=Quality.GOOD, time=NOW + turn, last_value=value, last_time=NOW + turn)
        began = time.process_time()
        model.apply_change(Change(seq=turn + 2, now=NOW + turn, live=[change]))
        app.processEvents()
        one.append((time.process_time() - began) * 1000)
        began = time.process_time()
        page.repaint()
        whole.append((time.process_time() - began) * 1000)
    page.close()
    page.deleteLater()
    return median(one), median(whole)


def settle(app: QApplication) -> None:
    """Longer than the model's throttle, so that the next change goes through at once."""
    end = time.monotonic() + 0.25
    while time.monotonic() < end:
        app.processEvents()
        time.sleep(0.002)


def made_room(rows: int, racks: int) -> RoomInfo:
    """Rows of full racks, each rack with a sensor in front and one behind."""
    made: list[RackInfo] = []
    points: list[PointInfo] = []
    for row in range(rows):
        y, facing = 4.4 + 2.4 * row, 180 * row
        for n in range(1, racks + 1):
            rack, x = f"{'ABCDEF'[row]}{n:02d}", 3.0 + 0.6 * n
            items = [
                RackItemInfo(names=_names(f"Server {u}"), u=u, height=1, face="front", device=f"th-{rack.lower()}" if u == 20 else None)
                for u in range(1, 43)
            ]
            place = PlaceInfo(x=x, y=y)
            made.append(RackInfo(id=rack, names=_names(rack), row="ABCDEF"[row], place=place, facing=facing, u_height=42, items=items))
            front = 1 if facing == 0 else -1
            points += [_sensor(rack, "t", x, y + 0.6 * front), _sensor(rack, "out", x, y - 0.6 * front)]
    devices = [DeviceInfo(id=f"th-{rack.id.lower()}", bus="b", names=rack.names, group=Group.ENVIRONMENT, rack=rack.id) for rack in made]
    return RoomInfo(
        id="r",
        names=_names("Room"),
        domain="c/d/s/r",
        timezone="Asia/Shanghai",
        version="v",
        origin="real",
        size=(18, 12),
        devices=devices,
        racks=made,
        points=points,
    )


def _sensor(rack: str, name: str, x: float, y: float) -> PointInfo:
    device = f"th-{rack.lower()}"
    return PointInfo(
        key=f"{device}.{name}",
        device=device,
        names=_names("Temperature"),
        kind=Kind.ANALOG,
        group=Group.ENVIRONMENT,
        unit="°C",
        decimals=1,
        period=1.0,
        normal=(18, 27),
        rack=rack,
        place=PlaceInfo(x=x, y=y, z=1.1),
    )


def _names(text: str) -> NamesInfo:
    return NamesInfo(zh=text, en=text)
