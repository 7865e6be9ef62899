"""The driver "derived": points that follow from others by an expression. It has no wire: the station reckons them (station/deriving.py)."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field

from cityops_desktop.derive.expression import Faulty, parse
from cityops_desktop.derive.source import DerivedSource
from cityops_desktop.model.drivers import (
    Complaint,
    Register,
)
from cityops_desktop.model.points import Kind
from cityops_desktop.texts import N_
from drivers.line.options import Options
from drivers.unwired import Unwired


class DerivedBus(Options):
    """Nothing is to be said of it."""


class DerivedDevice(Options):
    """`address`: any name that tells it from others, where a room has several."""

    address: Annotated[str, Field(max_length=64)] = "1"


class DerivedDriver(Unwired):
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
