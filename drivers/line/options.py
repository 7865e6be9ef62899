"""What a room file says about a serial line or a connection, whatever protocol it carries. Opens nothing."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cityops_desktop.model.drivers import LISTEN_AGAIN, LISTEN_FIRST, Manners


class Options(BaseModel):
    """Options of a bus, a device or a point: only the keys that are declared, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Seconds = Annotated[float, Field(gt=0, le=60, allow_inf_nan=False)]
Gap = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
Pause = Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)]


class Parity(StrEnum):
    """Parity of a serial line."""

    NONE = "N"
    EVEN = "E"
    ODD = "O"


class LineOptions(Options):
    """What every line has: how long an answer may take, and how we behave where another master may be.

    `listen` = seconds that are listened before the first transmission on the line (0 only where no other master can be);
    `listen_only` = never transmit at all.
    """

    timeout: Seconds = 1.0
    listen: Pause = 0.0
    listen_only: bool = False

    @property
    def manners(self) -> Manners:
        """How this line is to be used."""
        return Manners(self.listen, min(self.listen, LISTEN_AGAIN), self.listen_only)


class SerialBus(LineOptions):
    """A serial port ("/dev/ttyUSB0", "COM3") or any URL of pyserial ("socket://10.0.0.5:4001", "rfc2217://...")."""

    port: Annotated[str, Field(min_length=1)]
    baudrate: Annotated[int, Field(ge=300, le=4_000_000)] = 9600
    parity: Parity = Parity.NONE
    stopbits: Annotated[int, Field(ge=1, le=2)] = 1
    timeout: Seconds = 0.5
    listen: Pause = LISTEN_FIRST


class TcpBus(LineOptions):
    """A device or gateway by its address on the network, or a serial server that carries a line's frames."""

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 502
