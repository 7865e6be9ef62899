"""What the station tells of its wires: state, plan, frames. Sends nothing; plans and decodes in a thread of its own, not on the loop."""

import asyncio
from collections.abc import Callable, Container, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import BaseModel, SecretStr

from cityops_desktop.acquire import plan_report
from cityops_desktop.acquire.acquisition import Acquisition
from cityops_desktop.acquire.report import DeviceCounters
from cityops_desktop.clock import Clock
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.wires import BusPlan, FrameInfo, PlannedDevice, PlannedRequest, TraceInfo, WireDetail, WireDevice, WiresInfo
from cityops_desktop.model.drivers import Driver, Learned
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Bus, Device, Room
from cityops_desktop.model.traffic import Frame, FrameRole, Piece
from cityops_desktop.station.access import Access
from cityops_desktop.station.equipment import Equipment, device_counters
from cityops_desktop.station.facts import Facts
from cityops_desktop.texts import N_

T = TypeVar("T")
MOST_PIECES = 400
"""Pieces that one answer tells: some seconds of a full line."""
MOST_BYTES = 64 * 1024
MOST_HEX = 1024
"""Bytes of one frame that are told in hex: a web answer of megabytes is known by its beginning."""
CONTEXT = 24
"""Older pieces that are decoded again, so that an answer finds its question."""
MOST_WAITING = 32
"""Questions that wait for the thread that decodes; further ones are refused as busy."""
FEWEST = 3
"""Signs of a secret that can be found among other bytes."""
HELD = 1.0
"""Seconds for which bytes that make no frame are not told: the rest may still be on its way."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The pieces that one answer is made of. `old` of them were told before; `more` come after; `lost` went before."""

    pieces: Sequence[Piece]
    after: int
    more: bool
    lost: int


class StationWires:
    """Implements cityops_desktop.link.wires_api.WiresDesk. Used from the station's loop."""

    def __init__(
        self,
        room: Room,
        drivers: Mapping[str, Driver],
        clock: Clock,
        facts: Facts,
        equipment: Equipment,
        acquisition: Acquisition,
        access: Access,
    ) -> None:
        self._buses = {bus.id: bus for bus in room.buses}
        self._devices = {bus.id: tuple(device for device in room.devices if device.bus == bus.id) for bus in room.buses}
        self._drivers = {bus.id: drivers[bus.driver] for bus in room.buses}
        self._clock = clock
        self._facts = facts
        self._equipment = equipment
        self._acquisition = acquisition
        self._access = access
        self._secrets = {bus.id: _secrets(bus.options, *(one.options for one in self._devices[bus.id])) for bus in room.buses}
        self._plans: dict[str, tuple[Mapping[str, Learned], BusPlan]] = {}
        self._worker = ThreadPoolExecutor(1, "wires")
        self._asked = 0

    def close(self) -> None:
        """No more is decoded."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def wires(self) -> WiresInfo:
        """All wires, now."""
        plans = await self._work(lambda: {bus: self._plan(bus) for bus in self._buses})
        return WiresInfo(now=self._clock.wall(), wires=[self._wire(bus, plans[bus]) for bus in self._buses])

    async def plan(self, bus: str) -> BusPlan:
        """How the points of a wire are read."""
        self._known(bus)
        return (await self._work(lambda: self._plan(bus))).model_copy(update={"now": self._clock.wall()})

    async def frames(self, bus: str, after: int | None, credentials: Credentials) -> TraceInfo:
        """What went over a wire after this piece; None = the newest. Who may not look at a sensitive device sees none of its bytes."""
        self._known(bus)
        withheld = await self._access.withheld((device.id for device in self._devices[bus]), "frames", credentials)
        told = await self._work(lambda: self._trace(bus, after))
        return told.model_copy(update={"frames": [_withheld(one, withheld) for one in told.frames]}) if withheld else told

    async def _work(self, task: Callable[[], T]) -> T:
        if self._asked >= MOST_WAITING:  # questions whose askers have gone are answered, too: they must not heap up
            raise Refused("busy")
        self._asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, task)
        finally:
            self._asked -= 1

    def _known(self, bus: str) -> Bus:
        if bus not in self._buses:
            raise Refused("no_such_bus", bus=bus)
        return self._buses[bus]

    def _wire(self, bus: str, plan: BusPlan) -> WireDetail:
        report = self._facts.buses.get(bus)
        silent = frozenset(report.silent) if report else frozenset()
        return WireDetail(
            bus=self._equipment.bus(bus, report),
            cycle=plan.cycle,
            newest=self._acquisition.trace(bus).newest if self._devices[bus] else 0,
            devices=[
                WireDevice(
                    id=device.id,
                    silent=device.id in silent,
                    counters=device_counters(self._facts.devices.get(device.id, DeviceCounters())),
                )
                for device in self._devices[bus]
            ],
        )

    # in the worker

    def _plan(self, bus: str) -> BusPlan:
        """Made anew only when a wire has taught something."""
        learned = self._acquisition.learned(bus) if self._devices[bus] else {}
        kept = self._plans.get(bus)
        if kept is None or kept[0] != learned:
            plan = plan_report.bus_plan(self._buses[bus], self._devices[bus], self._drivers[bus], learned)
            self._plans[bus] = kept = (learned, plan_info(plan, self._clock.wall()))
        return kept[1]

    def _trace(self, bus: str, after: int | None) -> TraceInfo:
        now = self._clock.wall()
        if not self._devices[bus]:
            return TraceInfo(bus=bus, now=now, frames=[], next=after or 0)
        trace = self._acquisition.trace(bus)
        if after is not None and after > trace.newest:
            after = 0  # whoever asks counted pieces of a station before this one
        pieces = trace.after(max(0, after - CONTEXT) if after is not None else 0)
        cut = cut_off(_blotted(pieces, self._secrets[bus]), after)
        told = self._drivers[bus].frames(self._buses[bus], self._devices[bus], cut.pieces)
        devices = _devices_by_unit(self._drivers[bus], self._devices[bus])
        held = cut.more or self._clock.monotonic() - cut.pieces[-1].mono > HELD if cut.pieces else True
        end = cut.after if not cut.pieces else cut.pieces[-1].number if held else _whole_until(told, cut.pieces[-1].number)
        frames = [one for one in frame_infos(told, cut.pieces, devices) if cut.after < one.number <= end]
        return TraceInfo(bus=bus, now=now, frames=frames, next=max(end, cut.after), more=cut.more, lost=cut.lost)


def plan_info(plan: plan_report.BusPlan, now: int) -> BusPlan:
    """A plan as it travels."""
    return BusPlan(
        bus=plan.bus,
        now=now,
        requests=[
            PlannedRequest(
                device=device.device,
                words=one.leg.words,
                params=dict(one.leg.params),
                points=list(one.points),
                period=one.period,
                sent=one.leg.sent,
                received=one.leg.received,
                seconds=one.seconds,
                load=one.seconds / one.period,
            )
            for device in plan.devices
            for one in device.requests
        ],
        devices=[
            PlannedDevice(
                id=device.device,
                requests=len(device.requests),
                points=len({point for one in device.requests for point in one.points}),
                seconds=device.seconds,
                load=device.load,
                busy=device.busy,
                turnaround=device.turnaround,
                missing=list(device.missing),
                one_more=device.one_more,
                verdict=device.one_more_verdict.value,
            )
            for device in plan.devices
        ],
        cycle=plan.seconds,
        load=plan.load,
        verdict=plan.verdict.value,
        times=dict(plan.times),
        listen_only=plan.listen_only,
    )


def cut_off(pieces: Sequence[Piece], after: int | None) -> Cut:
    """So many pieces as one answer may tell, with some that were told before: the oldest after `after`, or the newest of all."""
    if after is None:
        first = _last(pieces)
        context = pieces[max(0, first - CONTEXT) :]
        return Cut(context, pieces[first - 1].number if first else (pieces[0].number - 1 if pieces else 0), more=False, lost=0)
    old = sum(piece.number <= after for piece in pieces)
    end = old + _first(pieces[old:])
    lost = pieces[0].number - after - 1 if pieces and pieces[0].number > after else 0
    return Cut(pieces[:end], after, end < len(pieces), lost)


def _first(pieces: Sequence[Piece]) -> int:
    """How many from the beginning one answer may tell: one at least."""
    size = 0
    for n, piece in enumerate(pieces[:MOST_PIECES]):
        size += len(piece.data)
        if size > MOST_BYTES:
            return max(1, n)
    return min(len(pieces), MOST_PIECES)


def _last(pieces: Sequence[Piece]) -> int:
    """From which on one answer may tell all that are left."""
    return len(pieces) - _first(pieces[::-1]) if pieces else 0


def _whole_until(frames: Sequence[Frame], newest: int) -> int:
    """The number of the last piece before the bytes at the end that make no frame yet."""
    last = frames[-1] if frames else None
    return last.piece - 1 if last is not None and last.role is FrameRole.NOISE and not last.sent else newest


def frame_infos(frames: Sequence[Frame], pieces: Sequence[Piece], devices: Mapping[str, str]) -> list[FrameInfo]:
    """Frames as they travel; silences and response times come from the times of their pieces."""
    at = {piece.number: piece.mono for piece in pieces}
    asked: dict[str, float] = {}
    places: dict[int, int] = {}
    told = []
    for frame in frames:
        place = places[frame.piece] = places.get(frame.piece, -1) + 1
        before = at.get(frame.piece - 1)
        gap = 0.0 if place else None if before is None else frame.mono - before
        response = None
        if frame.role is FrameRole.REQUEST:
            asked[frame.unit] = frame.mono if "echo" not in frame.params else asked.get(frame.unit, frame.mono)
        elif frame.role is not FrameRole.NOISE and "unasked" not in frame.params and frame.unit in asked:
            response = frame.mono - asked.pop(frame.unit)
        told.append(
            FrameInfo(
                number=frame.piece,
                place=place,
                time=frame.time,
                sent=frame.sent,
                role=frame.role,
                words=frame.words,
                params=dict(frame.params),
                unit=frame.unit,
                device=devices.get(frame.unit, ""),
                checksum=frame.checksum,
                hex=frame.data[:MOST_HEX].hex(),
                size=len(frame.data),
                gap_ms=_ms(gap),
                response_ms=_ms(response),
            )
        )
    return told


def _secrets(*options: object) -> tuple[bytes, ...]:
    """What stands in these options and must not be read off the wire: communities, passwords."""
    values = (value for one in options if isinstance(one, BaseModel) for value in dict(one).values())
    return tuple(value.get_secret_value().encode() for value in values if isinstance(value, SecretStr) and len(value) >= FEWEST)


def _blotted(pieces: Sequence[Piece], secrets: Sequence[bytes]) -> Sequence[Piece]:
    """The pieces with a star for each sign of a secret."""
    for secret in secrets:
        pieces = [replace(one, data=one.data.replace(secret, b"*" * len(secret))) if secret in one.data else one for one in pieces]
    return pieces


def _withheld(frame: FrameInfo, devices: Container[str]) -> FrameInfo:
    """Without its bytes, when it is one of these devices', or nobody knows whose it is."""
    if frame.device and frame.device not in devices:
        return frame
    return frame.model_copy(update={"words": N_("not shown: a sensitive device"), "params": {}, "hex": ""})


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * max(0.0, seconds), 1)


def _devices_by_unit(driver: Driver, devices: Sequence[Device]) -> dict[str, str]:
    """Which device has this address; a device alone on its wire also has what names nobody."""
    found = {driver.identity(device.options): device.id for device in devices}  # type: ignore[arg-type]
    return {"": devices[0].id, **found} if len(devices) == 1 else found
