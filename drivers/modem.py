"""The driver "modem": signal and network of a modem that sends messages. It has no wire: the port belongs to the way of `notify:`."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import (
    NOTHING_LEARNED,
    Complaint,
    Learned,
    Manners,
    Register,
    Request,
    Setting,
)
from cityops_desktop.model.notify import ModemSource
from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.rooms import Bus, Device
from cityops_desktop.model.traffic import Frame, Piece, Record, unrecorded
from cityops_desktop.texts import N_
from drivers.derived import Nothing
from drivers.line.options import Options


class ModemBus(Options):
    """The id of the modem among the ways of `notify:`."""

    way: Annotated[str, Field(min_length=1, max_length=64)]


class ModemDevice(Options):
    """Nothing is to be said of it: a way has one modem."""


class ModemDriver:
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

    def count(self, source: BaseModel, raw: bytes) -> Setting | None:
        """Nothing raw comes over a bus."""
        return None

    def settings(self, options: BaseModel) -> Mapping[str, Setting]:
        """The way."""
        return dict(options.model_dump())

    def manners(self, options: BaseModel) -> Manners:
        """There is no line."""
        return Manners()

    def plan(self, bus: Bus, device: Device, points: Sequence[Point], learned: Learned = NOTHING_LEARNED) -> list[Request]:
        """Nothing is asked."""
        return []

    def connect(self, bus: Bus, devices: Sequence[Device], clock: Clock, record: Record = unrecorded) -> Nothing:
        """The way has the port."""
        return Nothing()

    def frames(self, bus: Bus, devices: Sequence[Device], pieces: Sequence[Piece]) -> list[Frame]:
        """Nothing goes over a wire."""
        return []
