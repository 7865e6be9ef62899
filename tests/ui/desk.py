"""A small room that a test shapes point by point, a link that answers from arrays, and what painted texts must keep to."""

import functools
from collections.abc import Callable, Iterable

import numpy as np
from pydantic import BaseModel
from PySide6.QtWidgets import QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import AlarmInfo, BusInfo, Change, Copy, DeviceInfo, LimitInfo, LiveInfo, PointInfo, RoomInfo
from cityops_desktop.link.people import SessionInfo
from cityops_desktop.model.envelope import Past as Kept
from cityops_desktop.model.envelope import Strip, envelope, samples, width_for
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Group, Kind, LimitKind
from cityops_desktop.model.readings import Quality
from tests.conftest import FakeClock
from tests.ui.rooms import names, station_info
from ui.models.room import RoomModel
from ui.widgets import lettering

NOW = 1_790_000_000_000
"""2026-09-21 22:13:20 in Shanghai."""
DAY_MS = 86_400_000


def point(key: str, **more: object) -> PointInfo:
    """An analog point of °C with a normal band and two limits; `more` overrides."""
    device, _, name = key.partition(".")
    told: dict[str, object] = {
        "key": key,
        "device": device,
        "names": names(f"{name}温度", f"Temperature {name}"),
        "kind": Kind.ANALOG,
        "group": Group.AIR_CONDITIONING,
        "unit": "°C",
        "decimals": 1,
        "period": 1.0,
        "normal": (18.0, 27.0),
        "limits": [
            LimitInfo(id="high1", level=1, kind=LimitKind.HIGH, value=32.0),
            LimitInfo(id="low1", level=3, kind=LimitKind.LOW, value=10.0),
        ],
    }
    return PointInfo.model_validate(told | more)


def state(key: str, **more: object) -> PointInfo:
    """A digital point: dry or wet."""
    states = {0: names("干燥", "Dry"), 1: names("漏水", "Wet")}
    return point(key, **({"kind": Kind.DIGITAL, "unit": "", "decimals": 0, "normal": None, "limits": [], "states": states} | more))


def live(key: str, value: float | str | None = 23.4, quality: Quality = Quality.GOOD, *, ago: float = 1.0, **more: object) -> LiveInfo:
    """A reading `ago` s before NOW."""
    time = NOW - round(ago * 1000)
    usable = quality in (Quality.GOOD, Quality.UNCERTAIN)
    last = {"last_value": value, "last_time": time} if usable else {}
    return LiveInfo.model_validate({"key": key, "value": value, "quality": quality, "time": time, **last, **more})


def room_copy(points: Iterable[PointInfo], lives: Iterable[LiveInfo] = (), alarms: Iterable[AlarmInfo] = (), **more: object) -> Copy:
    """A room of one bus; devices are made from the points' keys."""
    points = list(points)
    groups = {p.device: p.group for p in points}
    devices = [DeviceInfo(id=d, bus="line1", names=names(f"空调{d}", f"Cooler {d}"), group=group) for d, group in groups.items()]
    room = RoomInfo(
        id="r1",
        names=names("测试机房", "Test room"),
        domain="c/d/s/r1",
        timezone="Asia/Shanghai",
        version=str(more.pop("version", "v1")),
        origin="real",
        buses=[BusInfo(id="line1", names=names("1号线", "Line 1"), driver="modbus-rtu", resource="/dev/ttyS1")],
        devices=devices,
        points=points,
    )
    told = {one.key: one for one in lives}
    every = [told.get(p.key, live(p.key, 0 if p.kind is Kind.DIGITAL else 23.4)) for p in points]
    return Copy(seq=1, now=NOW, room=room, live=every, alarms=list(alarms), station=station_info(**({"buses": []} | more)))


def model_of(copy: Copy, clock: FakeClock | None = None) -> RoomModel:
    """A connected model with this copy, standing at NOW."""
    model = RoomModel(clock or FakeClock())
    model.apply_copy(copy)
    model.set_connected(True)
    return model


def tell(model: RoomModel, *lives: LiveInfo, alarms: Iterable[AlarmInfo] = (), now: int = NOW) -> None:
    """A change event of the station, at once through the throttles."""
    model.apply_change(Change(seq=2, now=now, live=list(lives), alarms=list(alarms)))
    model._live_changes._flush()
    model._alarm_changes._flush()


class NoSignal:
    """A signal that never comes."""

    def connect(self, _slot: object) -> None:
        pass


class Past:
    """A link whose history is a function: key, seconds -> (times, values, qualities); None = no answer.

    `held` = answers wait until `tell` lets one of them go.
    """

    def __init__(self, answer: Callable[[str, int], object] | None = None, *, held: bool = False, oldest: int | None = 0) -> None:
        self.asked: list[tuple[list[str], int]] = []
        """Keys and seconds of each question."""
        self.questions: list[tuple[int, int, int]] = []
        """From, to and buckets of each."""
        self.answer = answer
        self.oldest = oldest
        self.held = held
        self.waiting: list[Callable[[], None]] = []

        self.told: dict[str, BaseModel] = {}
        """Answers of other questions, by their path; what is not here is not answered."""
        self.session: SessionInfo | None = None
        self.sessionChanged = NoSignal()
        self.heard: list[tuple[str, dict[str, object]]] = []
        """Path and query of each other question."""

    def ask(
        self, path: str, kind: object, callback: Callable[[object], None], query: dict[str, object] | None = None, *, wait_ms: int = 0
    ) -> None:
        self.heard.append((path, dict(query or {})))
        callback(self.told.get(path) or CommandResult(id="", outcome=Outcome.REFUSED, code="no_station"))

    def history(self, keys: list[str], start: int, end: int, buckets: int, callback: Callable[[object], None]) -> None:
        self.asked.append((list(keys), round((end - start) / 1000)))
        self.questions.append((start, end, buckets))
        self.waiting.append(lambda: callback(self._past(keys, start, end, buckets)))
        if not self.held:
            self.tell()

    def tell(self) -> None:
        """Answer the oldest question."""
        self.waiting.pop(0)()

    def _past(self, keys: list[str], start: int, end: int, buckets: int) -> object:
        """Of more than a day a wave is told from fewer samples: its buckets are far wider than their distance."""
        if self.answer is None:
            return None
        strips = {}
        seconds, step = round((NOW - start) / 1000), max(1, (end - start) // (DAY_MS + 1))
        for key in keys:
            told = _wave(seconds, step) if self.answer is wave else self.answer(key, seconds)
            strip = told if isinstance(told, Strip) else samples(*(np.asarray(c, k) for c, k in zip(told, ("i8", "f8", "u1"), strict=True)))  # type: ignore[call-overload]
            strip = strip.between(start, end)
            strips[key] = envelope(strip, width_for(end - start, buckets)) if len(strip) > 4 * buckets else strip
        return Kept(self.oldest, strips)


def wave(key: str, seconds: int) -> object:
    """A sample a second up to NOW between 20 and 26, every one good."""
    return _wave(seconds, 1)


@functools.lru_cache(maxsize=16)
def _wave(seconds: int, step: int) -> object:
    """The same for every point, a sample each `step` s; made once, so nobody may write into it."""
    times = np.arange(NOW - seconds * 1000, NOW, step * 1000, dtype=np.int64)
    values = np.round(23 + 3 * np.sin(times / 60_000), 1)
    told = times, values, np.zeros(len(times), np.uint8)
    for one in told:
        one.flags.writeable = False
    return told


def texts(widget: QWidget) -> list[str]:
    """What a widget has painted."""
    return [text for _, text, _ in widget.painted_texts()]  # type: ignore[attr-defined]


def assert_clean(widget: QWidget) -> None:
    """No painted text is cut, leaves its widget, overlaps another, or is elided without a tool tip."""
    told = widget.painted_texts()  # type: ignore[attr-defined]
    for index, (rect, text, font) in enumerate(told):
        size, bold = font.pixelSize(), font.bold()
        assert lettering.width(text, size, bold) <= rect.width() + 1, f"{text!r} is cut"
        assert rect.height() >= lettering.metrics(size, bold).ascent(), f"{text!r} is cut in height"
        assert widget.rect().adjusted(-1, -1, 1, 1).contains(rect), f"{text!r} leaves its widget"
        assert "…" not in text or widget.toolTip(), f"{text!r} has no tool tip"
        for other, name, _ in told[:index]:
            assert not rect.intersects(other), f"{text!r} over {name!r}"
