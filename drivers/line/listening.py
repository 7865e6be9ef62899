"""The session of a line that is only listened to, whatever it speaks: what is heard becomes readings. Asks nothing, writes nothing."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import Counters, Heard, Identity, Request, Result, Written
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Point
from cityops_desktop.model.readings import Reading, Reason, failed
from drivers.line.wire import Wire


class ListeningSession(ABC):
    """An open line. `counters` count what the other master does: its requests and what became of them."""

    def __init__(self, connect: Callable[[], Wire], clock: Clock) -> None:
        self.counters = Counters()
        self._clock = clock
        self._told = 0
        self._wire = connect()

    @property
    @abstractmethod
    def requests(self) -> int:
        """How many requests of another master were heard so far."""

    @abstractmethod
    def made(self, data: bytes, now: float) -> Sequence[Reading]:
        """The readings that come of these bytes (b"" = nothing, but time has passed). Counts what became of the requests."""

    def listen(self, seconds: float) -> Heard:
        """What comes in this time. WireError when the wire is gone."""
        end = self._clock.monotonic() + seconds
        came = 0
        readings: list[Reading] = []
        while True:
            data = self._wire.read(end)
            now = self._clock.monotonic()
            came += len(data)
            readings += self.made(data, now)
            if now >= end or readings:  # what was heard is told at once
                foreign = self.requests - self._told
                self._told += foreign
                self.counters.requests += foreign
                return Heard(came, foreign, tuple(readings))

    def execute(self, request: Request) -> Result:
        """Nothing is asked."""
        time = self._clock.wall()
        return Result(request, tuple(failed(key, time, Reason.NOT_HEARD, "listen_only") for key in request.points), False, 0.0)

    def identify(self, device: str) -> Identity | None:
        """Nothing is asked."""
        return None

    def write(self, point: Point, value: float) -> Written:
        """Refused."""
        return Written(Outcome.REFUSED, "listen_only")

    def close(self) -> None:
        """Give the port or the connection back."""
        self._wire.close()
