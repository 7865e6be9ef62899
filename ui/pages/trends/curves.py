"""Which points are on the chart: how many there is room for, their numbers, their newest values. Asks nobody, paints nothing."""

from cityops_desktop.link.messages import NamesInfo, PointInfo
from cityops_desktop.model.points import Kind
from cityops_desktop.texts import tr
from ui.models.groups import key_points
from ui.models.needs import usable
from ui.models.room import RoomModel
from ui.pages.trends.difference import Difference
from ui.pages.trends.lanes import Line
from ui.pages.trends.trace import Trace

MOST_LINES, MOST_LANES = 16, 4


class Curves:
    """`lines` by their points, in the order of their numbers; `chosen` = somebody has chosen what is on the chart."""

    def __init__(self, model: RoomModel) -> None:
        self._model = model
        self.lines: dict[str, Line] = {}
        self.differences: dict[str, Line] = {}
        """Differences of two of the lines, by names of their own."""
        self.chosen = False

    def all(self) -> list[Line]:
        """In the order of their numbers."""
        return sorted([*self.lines.values(), *self.differences.values()], key=lambda line: line.number)

    def refusal(self, key: str) -> str:
        """Why there is no room for this point; "" = there is."""
        point = self._model.points[key]
        if key in self.lines:
            return ""
        return self._no_room((point.unit, point.kind is Kind.DIGITAL, False))

    def _no_room(self, lane: tuple[str, bool, bool]) -> str:
        if len(self.all()) >= MOST_LINES:
            return tr("{n} curves is the most: take one off first", n=MOST_LINES)
        lanes = {(line.point.unit, line.point.kind is Kind.DIGITAL, line.minus is not None) for line in self.all()}
        if len(lanes | {lane}) > MOST_LANES:
            return tr("{n} units is the most: take one off first", n=MOST_LANES)
        return ""

    def subtract(self, one: str, other: str) -> str:
        """Add the difference of two curves that are on the chart; "" or why it cannot be drawn."""
        a, b = self.lines[one], self.lines[other]
        if a.point.unit != b.point.unit or Kind.DIGITAL in (a.point.kind, b.point.kind) or a is b:
            return tr("A difference needs two curves of the same unit")
        key = f"{one} − {other}"
        if key in self.differences:
            return ""
        refusal = self._no_room((a.point.unit, False, True))
        if not refusal:
            self.differences[key] = Line(self._number(), _difference_info(key, a, b), Difference(a.trace, b.trace), minus=(a, b))
        return refusal

    def _number(self) -> int:
        used = {line.number for line in self.all()}
        return next(n for n in range(1, MOST_LINES + 1) if n not in used)

    def add(self, key: str) -> None:
        """A curve under the lowest number that is free."""
        point = self._model.points[key]
        self.lines[key] = Line(self._number(), point, Trace(point.period, steps=point.kind is Kind.DIGITAL))
        self.lines = dict(sorted(self.lines.items(), key=lambda pair: pair[1].number))
        self.feed(key)

    def remove(self, key: str) -> None:
        """Take a curve off, if it is on the chart, and the differences that are made of it."""
        self.lines.pop(key, None)
        self.differences = {
            name: line
            for name, line in self.differences.items()
            if name != key and line.minus is not None and all(self.lines.get(one.point.key) is one for one in line.minus)
        }

    def clear(self) -> None:
        """Take all off."""
        self.lines.clear()
        self.differences.clear()

    def choose(self, keys: list[str]) -> None:
        """Somebody wants these: curves that nobody chose make room where there is none."""
        if not self.chosen and any(self.refusal(key) for key in keys if key in self._model.points):
            self.clear()
        self.chosen = True

    def begin(self) -> None:
        """Until somebody chooses: the key points of the room, as many as there is room for."""
        for point in key_points(self._model):
            if point.kind is Kind.ANALOG and not self.refusal(point.key):
                self.add(point.key)

    def feed(self, key: str) -> None:
        """The newest value of this point."""
        live = self._model.live.get(key)
        if live is None or isinstance(live.value, str) or not self._model.connected:
            return
        value = float(live.value) if usable(live) and live.value is not None else None
        time = live.time if value is not None else max(live.time, self._model.now())
        self.lines[key].trace.append(time, value, live.quality, live.reason, live.detail)

    def feed_all(self) -> None:
        """The newest value of every point."""
        for key in self.lines:
            self.feed(key)

    def pause(self) -> None:
        """No live values are taken for some time: what comes in between is asked for afterwards."""
        now = self._model.lost_since or self._model.now()
        for line in self.lines.values():
            line.trace.pause(now)

    def rebuild(self) -> None:
        """A new copy of the room: points may be gone or have become others, and what was recorded in between is not known."""
        for key in [key for key in self.lines if key not in self._model.points]:
            del self.lines[key]
        for key, line in self.lines.items():
            line.point = self._model.points[key]
            line.trace = Trace(line.point.period, steps=line.point.kind is Kind.DIGITAL)
            self.feed(key)
        pairs = [line.minus for line in self.differences.values() if line.minus is not None]
        self.differences.clear()
        for one, other in pairs:
            if self.lines.get(one.point.key) is one and self.lines.get(other.point.key) is other:
                self.subtract(one.point.key, other.point.key)


def _difference_info(key: str, a: Line, b: Line) -> PointInfo:
    names = NamesInfo(zh=f"{a.point.names.zh} − {b.point.names.zh}", en=f"{a.point.names.en} − {b.point.names.en}")
    return PointInfo(
        key=key,
        device=f"{a.number} − {b.number}",
        names=names,
        kind=Kind.ANALOG,
        group=a.point.group,
        unit=a.point.unit,
        decimals=max(a.point.decimals, b.point.decimals),
        period=max(a.point.period, b.point.period),
    )
