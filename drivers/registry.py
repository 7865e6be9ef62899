"""All drivers by the name that a room file uses. Opens nothing."""

from collections.abc import Mapping

from cityops_desktop.model.drivers import Driver
from drivers.badge.driver import BadgeDriver
from drivers.derived import DerivedDriver
from drivers.dlt645 import Dlt645Driver, MeterBus
from drivers.line.options import LineServer, PortedServer, SerialBus, TcpBus
from drivers.megatec import MegatecDriver, UpsBus
from drivers.modbus.driver import ModbusDriver
from drivers.modbus.options import RtuDevice, TcpDevice
from drivers.modem import ModemDriver
from drivers.nut import NutDriver
from drivers.recorder.driver import RecorderDriver
from drivers.snmp.driver import SnmpDriver
from drivers.snmp.traps import TrapDriver
from drivers.ydn23 import Ydn23Driver

_ALL: tuple[Driver, ...] = (
    ModbusDriver("modbus-rtu", SerialBus, RtuDevice),
    ModbusDriver("modbus-rtu-tcp", LineServer, RtuDevice),
    ModbusDriver("modbus-tcp", TcpBus, TcpDevice),
    Ydn23Driver("ydn23", SerialBus),
    Ydn23Driver("ydn23-tcp", PortedServer),
    Dlt645Driver("dlt645", MeterBus),
    Dlt645Driver("dlt645-tcp", PortedServer),
    MegatecDriver("megatec", UpsBus),
    BadgeDriver(),
    RecorderDriver(),
    NutDriver(),
    SnmpDriver(),
    TrapDriver(),
    DerivedDriver(),
    ModemDriver(),
)
DRIVERS: Mapping[str, Driver] = {driver.name: driver for driver in _ALL}
