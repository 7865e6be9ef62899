"""What a room file says about a serial line or a connection, whatever protocol it carries. Opens nothing."""

import os
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
Turn = Annotated[float, Field(ge=0, le=0.1, allow_inf_nan=False)]


class Parity(StrEnum):
    """Parity of a serial line."""

    NONE = "N"
    EVEN = "E"
    ODD = "O"


class BusOptions(Options):
    """What every wire has: how long an answer may take. A connection of our own is used as we like."""

    timeout: Seconds = 1.0

    @property
    def manners(self) -> Manners:
        """How this wire is to be used."""
        return Manners()


class LineOptions(BusOptions):
    """A line on which another master may be, and how we behave there.

    `listen` = seconds that are listened before the first transmission on the line (0 only where no other master can be);
    `listen_only` = never transmit at all.
    """

    listen: Pause = 0.0
    listen_only: bool = False

    @property
    def manners(self) -> Manners:
        """Listen first, a shorter time when the line was only opened anew; or never speak."""
        return Manners(self.listen, min(self.listen, LISTEN_AGAIN), self.listen_only)


class Direction(Options):
    """An RS-485 port whose sender the kernel switches with RTS: on while RTS is high (`rts_on_send`), so many seconds before the first
    bit and after the last one."""

    rts_on_send: bool = True
    before: Turn = 0.0
    after: Turn = 0.0

    @property
    def in_words(self) -> str:
        """The level of RTS while we send, with the waits around it in ms."""
        waits = f" {1000 * self.before:g}/{1000 * self.after:g} ms" if self.before or self.after else ""
        return f"RTS {'1' if self.rts_on_send else '0'}{waits}"


class SerialBus(LineOptions):
    """A serial port ("/dev/ttyUSB0", "COM3") or any URL of pyserial ("socket://10.0.0.5:4001", "rfc2217://...")."""

    port: Annotated[str, Field(min_length=1)]
    baudrate: Annotated[int, Field(ge=300, le=4_000_000)] = 9600
    parity: Parity = Parity.NONE
    stopbits: Annotated[int, Field(ge=1, le=2)] = 1
    timeout: Seconds = 0.5
    listen: Pause = LISTEN_FIRST
    rs485: Direction | None = None

    @property
    def resource(self) -> str:
        """The real path of the port, so that two names of one port are found out."""
        if self.remote:
            return self.port.split("://", 1)[1].split("?")[0].rstrip("/").lower()
        return os.path.realpath(self.port) if os.name == "posix" else self.port.upper()

    @property
    def remote(self) -> bool:
        """Is the port none of this machine?"""
        return "://" in self.port


class TcpBus(BusOptions):
    """A device or gateway by its address on the network: the connection is ours alone."""

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 502

    @property
    def resource(self) -> str:
        """Its place on the network."""
        return f"{self.host.lower()}:{self.port}"


class LineServer(TcpBus, LineOptions):
    """A serial server that carries the frames of the line behind it, where another master may be."""

    listen: Pause = LISTEN_FIRST


class PortedServer(LineServer):
    """The same for a protocol that has no port of its own on the network: the room file must name it."""

    port: Annotated[int, Field(ge=1, le=65535)]
