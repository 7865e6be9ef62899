"""What drivers without a wire have in common: nothing is opened, asked or written, for the station itself tells their readings."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import (
    NOTHING_LEARNED,
    Counters,
    Heard,
    Identity,
    Learned,
    Manners,
    Request,
    Result,
    Setting,
    Written,
)
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Point
from cityops_desktop.model.rooms import Bus, Device
from cityops_desktop.model.traffic import Frame, Piece, Record, unrecorded


class Unwired:
    """The half of a driver that is about its wire."""

    def count(self, source: BaseModel, raw: bytes) -> Setting | None:
        """Nothing raw ever comes."""
        return None

    def settings(self, options: BaseModel) -> Mapping[str, Setting]:
        """What the room file says of it."""
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
