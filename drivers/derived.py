"""The driver "derived": points that follow from others by an expression. It has no wire: the station reckons them (station/deriving.py)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field

from cityops_desktop.clock import Clock
from cityops_desktop.derive.expression import Faulty, parse
from cityops_desktop.derive.source import DerivedSource
from cityops_desktop.model.drivers import (
    NOTHING_LEARNED,
    Complaint,
    Counters,
    Heard,
    Identity,
    Learned,
    Manners,
    Register,
    Request,
    Result,
    Setting,
    Written,
)
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.rooms import Bus, Device
from cityops_desktop.model.traffic import Frame, Piece, Record, unrecorded
from cityops_desktop.texts import N_
from drivers.line.options import Options


class DerivedBus(Options):
    """Nothing is to be said of it."""


class DerivedDevice(Options):
    """`address`: any name that tells it from others, where a room has several."""

    address: Annotated[str, Field(max_length=64)] = "1"


class DerivedDriver:
    """Checks expressions and asks nobody."""

    name = "derived"
    protocol = "derived"
    bus_options: type[BaseModel] = DerivedBus
    device_options: type[BaseModel] = DerivedDevice
    source: type[BaseModel] = DerivedSource

    def resource(self, options: Any) -> str:
        """The station itself."""
        return "station"

    def identity(self, options: Any) -> str:
        """Its name."""
        return str(options.address)

    def resolution(self, source: BaseModel) -> float | None:
        """No wire gives one."""
        return None

    def check(self, device: BaseModel, points: Sequence[tuple[str, BaseModel]]) -> list[Complaint]:
        """Expressions that are none. Whether the room has the points is the room's to say."""
        found = []
        for point, source in points:
            assert isinstance(source, DerivedSource)
            try:
                parse(source.expr)
            except Faulty as error:
                found.append(Complaint(error.what, error.do, point, "expr", error.params))
        return found

    def misfit(self, kind: Kind, writable: bool, source: BaseModel) -> Complaint | None:
        """A figure or a state, and never a command."""
        if kind not in (Kind.ANALOG, Kind.DIGITAL):
            return Complaint(N_("a derived point is a figure or a state"), N_("write kind: analog or kind: digital"), key="kind")
        return Complaint(N_("a derived point cannot be written"), N_("remove “write”"), key="write") if writable else None

    def scaled(self, source: BaseModel, factor: float) -> BaseModel:
        """The same, so many times as large."""
        assert isinstance(source, DerivedSource)
        return DerivedSource(expr=f"({source.expr}) * {factor}")

    def describe(self, source: BaseModel) -> Register:
        """The expression."""
        assert isinstance(source, DerivedSource)
        return Register("expression", 0, source.expr, 0, "expression", 0)

    def count(self, source: BaseModel, raw: bytes) -> Setting | None:
        """Nothing raw ever comes."""
        return None

    def settings(self, options: BaseModel) -> Mapping[str, Setting]:
        """Its name."""
        return dict(options.model_dump())

    def manners(self, options: BaseModel) -> Manners:
        """There is no line."""
        return Manners()

    def plan(self, bus: Bus, device: Device, points: Sequence[Point], learned: Learned = NOTHING_LEARNED) -> list[Request]:
        """Nothing is asked."""
        return []

    def connect(self, bus: Bus, devices: Sequence[Device], clock: Clock, record: Record = unrecorded) -> "Nothing":
        """There is nothing to open."""
        return Nothing()

    def frames(self, bus: Bus, devices: Sequence[Device], pieces: Sequence[Piece]) -> list[Frame]:
        """Nothing goes over a wire."""
        return []


class Nothing:
    """The session of a line that is none."""

    def __init__(self) -> None:
        self.counters = Counters()

    def execute(self, request: Request) -> Result:
        """Nothing is ever asked: the plan is empty."""
        raise AssertionError(request)

    def listen(self, seconds: float) -> Heard:
        """Nobody speaks."""
        return Heard()

    def identify(self, device: str) -> Identity | None:
        """Nobody is there."""
        return None

    def write(self, point: Point, value: float) -> Written:
        """Nothing can be written."""
        return Written(Outcome.REFUSED, "not_writable")

    def close(self) -> None:
        """There is nothing to give back."""
