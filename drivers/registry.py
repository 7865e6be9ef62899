"""All drivers by the name that a room file uses. Opens nothing."""

from collections.abc import Mapping

from cityops_desktop.model.drivers import Driver
from drivers.line.options import SerialBus, TcpBus
from drivers.modbus.driver import ModbusDriver
from drivers.modbus.options import RtuDevice, TcpDevice

_ALL: tuple[Driver, ...] = (
    ModbusDriver("modbus-rtu", SerialBus, RtuDevice),
    ModbusDriver("modbus-rtu-tcp", TcpBus, RtuDevice),
    ModbusDriver("modbus-tcp", TcpBus, TcpDevice),
)
DRIVERS: Mapping[str, Driver] = {driver.name: driver for driver in _ALL}
