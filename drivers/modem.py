"""The driver "modem": signal and network of a modem that sends messages. It has no wire: the port belongs to the way of `notify:`."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field

from cityops_desktop.model.drivers import (
    Complaint,
    Register,
)
from cityops_desktop.model.notify import ModemSource
from cityops_desktop.model.points import Kind
from cityops_desktop.texts import N_
from drivers.line.options import Options
from drivers.unwired import Unwired


class ModemBus(Options):
    """The id of the modem among the ways of `notify:`."""

    way: Annotated[str, Field(min_length=1, max_length=64)]


class ModemDevice(Options):
    """Nothing is to be said of it: a way has one modem."""


class ModemDriver(Unwired):
    """Asks nobody: the station tells what the modem says (station/notifying.py)."""

    name = "modem"
    protocol = "modem"
    bus_options: type[BaseModel] = ModemBus
    device_options: type[BaseModel] = ModemDevice
    source: type[BaseModel] = ModemSource

    def resource(self, options: Any) -> str:
        """The way."""
        return f"notify:{options.way}"

    def identity(self, options: Any) -> str:
        """There is one."""
        return "modem"

    def resolution(self, source: BaseModel) -> float | None:
        """A modem counts its signal in steps of 2 dB."""
        assert isinstance(source, ModemSource)
        return 1.0

    def check(self, device: BaseModel, points: Sequence[tuple[str, BaseModel]]) -> list[Complaint]:
        """Nothing can be wrong with them."""
        return []

    def misfit(self, kind: Kind, writable: bool, source: BaseModel) -> Complaint | None:
        """The signal is a figure, the registration a state; neither can be written."""
        assert isinstance(source, ModemSource)
        if writable:
            return Complaint(N_("what a modem says cannot be written"), N_("remove “write”"), key="write")
        if kind is (Kind.ANALOG if source.what == "signal" else Kind.DIGITAL):
            return None
        return Complaint(N_("the signal is a figure, the registration a state"), N_("write kind: analog or kind: digital"), key="kind")

    def scaled(self, source: BaseModel, factor: float) -> BaseModel:
        """Nothing stands before it."""
        return source

    def describe(self, source: BaseModel) -> Register:
        """What it is of the modem."""
        assert isinstance(source, ModemSource)
        return Register("modem", 0, source.what, 0, "modem", 0)
