"""What travels about the wires: how each does, how it is used, and what went over it. Codes, English sentences and figures only.

The sentences of frames and requests (`words` with `params`) are translated where they are read: see cityops_desktop.sentences.wire_text.
"""

from typing import Literal

from pydantic import BaseModel

from cityops_desktop.link.messages import BusDetail, DeviceCountersInfo
from cityops_desktop.model.traffic import FrameRole

Params = dict[str, str | int | float]
Bears = Literal["easy", "tight", "over"]
"""How a wire bears what is asked of it: with room to spare, hardly, or not."""


class WireDevice(BaseModel):
    """A device on a wire, and what was counted of it."""

    id: str
    silent: bool = False
    counters: DeviceCountersInfo


class WireDetail(BaseModel):
    """All of a wire with its devices. `cycle` = seconds of the line that one round of all questions takes; `newest` the number of the
    newest piece of its trace, 0 = nothing has gone over it."""

    bus: BusDetail
    cycle: float
    newest: int = 0
    devices: list[WireDevice] = []


class WiresInfo(BaseModel):
    """GET /api/v1/buses: all wires of the room, in its order."""

    now: int
    wires: list[WireDetail]


class PlannedRequest(BaseModel):
    """A question of the plan: to whom, what, how often (seconds), its bytes there and back, the seconds that it takes on the wire, and
    the part of the wire's time that it takes."""

    device: str
    words: str
    params: Params = {}
    points: list[str]
    period: float
    sent: int
    received: int
    seconds: float
    load: float


class PlannedDevice(BaseModel):
    """What a device costs: one more like it would cost as much again, and the wire then bears `one_more` as `verdict` says.

    `busy` = part of its own time, by the shortest interval that it bears (above 1 it is asked more often than that); `turnaround` =
    seconds until it begins to answer, None = not measured; `missing` = the places that it refuses to read.
    """

    id: str
    requests: int
    points: int
    seconds: float
    load: float
    busy: float
    turnaround: float | None = None
    missing: list[str] = []
    one_more: float
    verdict: Bears


class BusPlan(BaseModel):
    """GET /api/v1/buses/{id}/plan: how the points of a wire are read. `cycle` = seconds of one round, `load` the part of the wire's
    time that the plan takes (above 1: more than there is). `times`: by policy, how many times as long other ways of reading would take
    ("one_per_point", "adjacent", "gap_50"). On a wire that is `listen_only` nothing of it is sent."""

    bus: str
    now: int
    requests: list[PlannedRequest]
    devices: list[PlannedDevice]
    cycle: float
    load: float
    verdict: Bears
    times: dict[str, float] = {}
    listen_only: bool = False


class FrameInfo(BaseModel):
    """A frame of a wire, or bytes that are none (role "noise").

    `number` is that of the piece in which it began and `place` tells apart those that began in one piece. `sent` = by us. `device` is
    the one of the room with this address ("" = none), `checksum` None = the framing has none. `gap_ms` = silence before it (None = not
    known), `response_ms` = from the question's sending to the first byte of this answer. Of very long ones `hex` holds the beginning.
    """

    number: int
    place: int = 0
    time: int
    sent: bool
    role: FrameRole
    words: str
    params: Params = {}
    unit: str = ""
    device: str = ""
    checksum: bool | None = None
    hex: str
    size: int
    gap_ms: float | None = None
    response_ms: float | None = None


class TraceInfo(BaseModel):
    """GET /api/v1/buses/{id}/frames: frames in the order they went over the wire. Ask again with `after` = `next`; at once while there is
    `more`. `lost` = pieces that had to go before they could be told."""

    bus: str
    now: int
    frames: list[FrameInfo]
    next: int
    more: bool = False
    lost: int = 0
