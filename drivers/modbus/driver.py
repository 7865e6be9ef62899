"""The three Modbus drivers of the registry: what they are called, what they plan, how they open. No bytes here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import BaseModel

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import NOTHING_LEARNED, Complaint, Counters, Learned, Leg, Manners, Register, Request, Session, Setting
from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.rooms import Bus, Device
from cityops_desktop.model.traffic import Frame, Piece, Record, unrecorded
from cityops_desktop.texts import N_
from drivers.line import latency
from drivers.line.options import BusOptions, SerialBus, TcpBus
from drivers.line.wire import Wire, open_serial, open_tcp
from drivers.modbus import frames, options, pdu, rtu, tcp, values
from drivers.modbus.acquaintance import Acquaintance
from drivers.modbus.eavesdrop import EavesdropSession
from drivers.modbus.lessons import Lessons
from drivers.modbus.master import Master
from drivers.modbus.options import RtuDevice, Source, TcpDevice, WordOrder
from drivers.modbus.places import refusals
from drivers.modbus.plan import Block, Cost, Field, blocks, parted, serial_cost, tcp_cost
from drivers.modbus.policies import POLICIES, merged
from drivers.modbus.rtu_master import RtuMaster
from drivers.modbus.session import ModbusSession
from drivers.modbus.tcp_master import TcpMaster


class ModbusDriver:
    """Modbus on one kind of wire: "modbus-rtu", "modbus-rtu-tcp" or "modbus-tcp"."""

    protocol = "modbus"
    source: type[BaseModel] = Source

    def __init__(self, name: str, bus_options: type[SerialBus] | type[TcpBus], device_options: type[RtuDevice] | type[TcpDevice]) -> None:
        self.name = name
        self.bus_options: type[BaseModel] = bus_options
        self.device_options: type[BaseModel] = device_options
        self._known: dict[str, Acquaintance] = {}

    def resource(self, options: BaseModel) -> str:
        """The port, or host and port."""
        assert isinstance(options, SerialBus | TcpBus)
        return options.resource

    def identity(self, options: BaseModel) -> str:
        """The unit address."""
        assert isinstance(options, RtuDevice | TcpDevice)
        return str(options.address)

    def resolution(self, source: BaseModel) -> float | None:
        """The scale of an integer, 1 of a bit or a text, None for floats: their resolution must be chosen."""
        assert isinstance(source, Source)
        return None if source.format.floating else abs(source.scale)

    def check(self, device: BaseModel, points: Sequence[tuple[str, BaseModel]]) -> list[Complaint]:
        """Points outside their table, bits of floats, word orders of single registers and the like."""
        assert isinstance(device, RtuDevice | TcpDevice)
        return options.complaints(device, [(point, source) for point, source in points if isinstance(source, Source)])

    def misfit(self, kind: Kind, writable: bool, source: BaseModel) -> Complaint | None:
        """Why a point of this kind cannot be read from this source."""
        assert isinstance(source, Source)
        return options.misfit(kind, writable, source)

    def scaled(self, source: BaseModel, factor: float) -> BaseModel:
        """Scale and offset times the factor."""
        assert isinstance(source, Source)
        return source.model_copy(update={"scale": source.scale * factor, "offset": source.offset * factor})

    def describe(self, source: BaseModel) -> Register:
        """Its table, address and type, as the wire and as manuals have them."""
        assert isinstance(source, Source)
        return Register(
            source.table,
            source.address,
            options.notation(source.table, source.address),
            pdu.FUNCTIONS[source.table],
            "bit" if source.table.bits else source.format,
            source.width,
            "" if source.table.bits or source.width == 1 else source.word_order or WordOrder.ABCD,
            source.bit,
            source.scale,
            source.offset,
            source.invalid,
        )

    def count(self, source: BaseModel, raw: bytes) -> Setting | None:
        """The number or text in these bytes."""
        assert isinstance(source, Source)
        return values.count(source, raw)

    def settings(self, options: BaseModel) -> Mapping[str, Setting]:
        """All of them: Modbus knows no secret. Ranges as "holding 0-99"."""
        told = options.model_dump(mode="json", exclude_none=True)
        for key in ("listen", "listen_only", "interval"):  # what is not asked for is not worth a line
            if key in told and not told[key]:
                del told[key]
        if identify := told.pop("identify", None):
            told["identify"] = _asked_by(identify)
        ranges = [f"{table} {first}-{last}" for table, first, last in told.pop("readable", ())]
        told |= {"readable": ", ".join(ranges)} if ranges else {}
        if isinstance(options, SerialBus):
            told |= latency.told(options) | ({"rs485": options.rs485.in_words} if options.rs485 else {})
        return told

    def manners(self, options: BaseModel) -> Manners:
        """Those of its line."""
        assert isinstance(options, BusOptions)
        return options.manners

    def plan(self, bus: Bus, device: Device, points: Sequence[Point], learned: Learned = NOTHING_LEARNED) -> list[Request]:
        """The cheapest requests for these points at the wire's speed, by ascending period. Pure."""
        limits = device.options
        assert isinstance(limits, RtuDevice | TcpDevice)
        cost = self._cost(bus, limits.gap, learned.turnaround)
        caps = (limits.max_registers, limits.max_bits)
        found = blocks(_fields(points), _fields((*device.points, *points)), limits.readable, caps, cost, refusals(learned.missing))
        return [self._request(device, replace(block, learned=learned), period, cost) for period, block in found]

    def alternatives(self, bus: Bus, device: Device, points: Sequence[Point], learned: Learned) -> dict[str, list[Request]]:
        """What other programs would ask, by the name of their policy, for those of these points that the device does not refuse. Pure."""
        limits = device.options
        assert isinstance(limits, RtuDevice | TcpDevice)
        cost = self._cost(bus, limits.gap, learned.turnaround)
        caps = (limits.max_registers, limits.max_bits)
        fields, _ = parted(_fields(points), refusals(learned.missing))
        return {
            name: [self._request(device, block, period, cost) for period, block in merged(fields, caps, hole)]
            for name, hole in POLICIES.items()
        }

    def connect(self, bus: Bus, devices: Sequence[Device], clock: Clock, record: Record = unrecorded) -> Session:
        """Open the wire; what is known of late units survives from the last time. WireError when it cannot be opened."""
        opts = bus.options
        assert isinstance(opts, SerialBus | TcpBus)
        if opts.manners.listen_only:
            return EavesdropSession(lambda: _line(opts, clock, record), clock, devices)
        known = self._known.setdefault(self.resource(opts), Acquaintance())
        counters = Counters()
        master: Master
        if isinstance(opts, SerialBus):
            master = RtuMaster(
                lambda: open_serial(opts, clock, record), clock, counters, known, opts.baudrate, opts.port.startswith("socket://")
            )
        elif self.name == "modbus-rtu-tcp":
            master = RtuMaster(lambda: open_tcp(opts.host, opts.port, clock, record), clock, counters, known, None, connection=True)
        else:
            master = TcpMaster(lambda: open_tcp(opts.host, opts.port, clock, record), clock, counters, known)
        units = {device.id: device.options for device in devices}
        of = {device.id: device for device in devices}
        telling = {device.id: _telling(device) for device in devices}
        lessons = Lessons(known, lambda id, learned: self.plan(bus, of[id], of[id].points, learned))
        return ModbusSession(
            master,
            counters,
            clock,
            opts.timeout,
            {k: v for k, v in units.items() if isinstance(v, RtuDevice | TcpDevice)},
            lessons,
            telling,
        )

    def frames(self, bus: Bus, devices: Sequence[Device], pieces: Sequence[Piece]) -> list[Frame]:
        """The frames of its framing."""
        return frames.tcp_frames(pieces) if self.name == "modbus-tcp" else frames.rtu_frames(pieces)

    def _request(self, device: Device, block: Block, period: float, cost: Cost) -> Request:
        limits = device.options
        assert isinstance(limits, RtuDevice | TcpDevice)
        serial = self.name != "modbus-tcp"
        size = (block.count + 7) // 8 if block.table.bits else 2 * block.count
        lost = refusals(block.learned.missing).touches(block.table, block.address, block.address + block.count)
        leg = Leg(
            N_("function {function:02d}: {table} {first} to {last}, refused: asked again now and then")
            if lost
            else N_("function {function:02d}: {table} {first} to {last}"),
            {
                "function": pdu.FUNCTIONS[block.table],
                "table": block.table.value,
                "first": block.address,
                "last": block.address + block.count - 1,
            },
            rtu.REQUEST if serial else tcp.HEADER + 5,
            size + (rtu.ENVELOPE if serial else tcp.HEADER + 2),
        )
        keys = tuple(field.point.key for field in block.fields)
        return Request(device.id, keys, period, cost.of(block.table, block.count), block, limits.interval, leg)

    def _cost(self, bus: Bus, gap: float, turnaround: float | None) -> Cost:
        if isinstance(bus.options, SerialBus):
            return serial_cost(bus.options.baudrate, gap, turnaround)
        return serial_cost(None, gap) if self.name == "modbus-rtu-tcp" else tcp_cost(gap, turnaround)


def _line(options: SerialBus | TcpBus, clock: Clock, record: Record) -> Wire:
    """The wire of a line that is only listened to: nothing can be sent on it."""
    if isinstance(options, SerialBus):
        return open_serial(options, clock, record)
    return open_tcp(options.host, options.port, clock, record, listen_only=True)


def _telling(device: Device) -> list[Point]:
    """The points by which this device tells who it is."""
    wanted = getattr(device.options, "identify", None)
    return [point for point in device.points if isinstance(wanted, tuple) and point.key.partition(".")[2] in wanted]


def _asked_by(identify: object) -> str:
    """How a device is asked who it is, in one line."""
    if isinstance(identify, dict):
        return " ".join(f"{key} {value}" for key, value in identify.items())
    return ", ".join(identify) if isinstance(identify, list) else str(identify)


def _fields(points: Sequence[Point]) -> list[Field]:
    return [Field(point, point.source) for point in points if isinstance(point.source, Source)]
