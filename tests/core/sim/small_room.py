"""A small room for tests: a serial line, a serial server and a gateway, with points given in the devices."""

from pathlib import Path

from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.rooms import Bus, Device, Room
from drivers.line.options import SerialBus, TcpBus
from drivers.modbus.options import RtuDevice, Source, TcpDevice

FILE = """\
# A room for tests
room: {id: r1, name: {zh: 测试机房, en: Test room}, domain: c/d/s/r1, timezone: Asia/Shanghai}
buses:
  - {id: line, driver: modbus-rtu, port: nowhere, baudrate: 115200}  # a line
  - id: server
    driver: modbus-rtu-tcp
    host: nowhere
    port: 1
  - {id: gateway, driver: modbus-tcp, host: nowhere, port: 2}
devices:
  - id: th
    bus: line
    address: 3
    points:
      - {id: t, kind: analog, unit: "°C", table: input, address: 1, type: int16, scale: 0.1}
      - {id: rh, kind: analog, unit: "%", table: input, address: 2, type: int16, scale: 0.1}
  - id: rope
    bus: server
    address: 50
    group: leak_detection
    points:
      - {id: wet, kind: digital, table: coil, address: 0}
      - {id: distance, kind: analog, unit: m, table: holding, address: 2, scale: 0.1}
  - id: thing
    bus: gateway
    address: 7
    points:
      - {id: f, kind: analog, table: input, address: 10, type: float32, normal: [10, 20]}
      - {id: name, kind: text, table: holding, address: 90, type: string, length: 4}
      - {id: door, kind: digital, table: discrete, address: 4, limits: [{level: minor, states: [0]}]}
"""
NAMES = Names("点", "point")


def _points(device: str, group: Group, **sources: tuple[Kind, str, Source]) -> tuple[Point, ...]:
    return tuple(
        Point(f"{device}.{name}", device, NAMES, kind, group, unit=unit, resolution=source.scale, source=source)
        for name, (kind, unit, source) in sources.items()
    )


def room() -> Room:
    """The room that FILE describes, built by hand: these tests do not hang on the reader of room files."""
    a, d = Kind.ANALOG, Kind.DIGITAL
    environment, leak = Group.ENVIRONMENT, Group.LEAK_DETECTION
    th = _points(
        "th",
        environment,
        t=(a, "°C", Source(table="input", address=1, type="int16", scale=0.1)),
        rh=(a, "%", Source(table="input", address=2, type="int16", scale=0.1)),
    )
    rope = _points(
        "rope",
        leak,
        wet=(d, "", Source(table="coil", address=0)),
        distance=(a, "m", Source(table="holding", address=2, scale=0.1)),
    )
    thing = _points(
        "thing",
        environment,
        f=(a, "", Source(table="input", address=10, type="float32")),
        name=(Kind.TEXT, "", Source(table="holding", address=90, type="string", length=4)),
        door=(d, "", Source(table="discrete", address=4)),
    )
    return Room(
        id="r1",
        names=NAMES,
        domain="c/d/s/r1",
        timezone="Asia/Shanghai",
        version="1",
        buses=(
            Bus("line", "modbus-rtu", NAMES, SerialBus(port="nowhere", baudrate=115200)),
            Bus("server", "modbus-rtu-tcp", NAMES, TcpBus(host="nowhere")),
            Bus("gateway", "modbus-tcp", NAMES, TcpBus(host="nowhere")),
        ),
        devices=(
            Device("th", "line", NAMES, environment, RtuDevice(address=3), th),
            Device("rope", "server", NAMES, leak, TcpDevice(address=50), rope),
            Device("thing", "gateway", NAMES, environment, TcpDevice(address=7), thing),
        ),
    )


def write(folder: Path) -> Path:
    """FILE as a file."""
    path = folder / "small.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path
