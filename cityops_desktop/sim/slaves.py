"""Units behind pymodbus's server: it does the framing and answers; the registers are ours. Decides no value."""

from collections.abc import Callable, Iterable, Sequence
from typing import cast

from pymodbus.constants import ExcCodes
from pymodbus.framer import FramerType
from pymodbus.pdu import ModbusPDU
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from cityops_desktop.sim.registers import Table, Unit

_TABLE_OF_FUNCTION = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
_WRITES = (5, 15)
"""Functions that write coils; nothing else can be written to a simulated unit."""
LAST = 65535


def server_for(units: Sequence[Unit], framer: FramerType, silent: Callable[[int], bool]) -> ModbusTcpServer:
    """A server of these units that listens nowhere: lines give it what masters say. `silent(address)` keeps a unit from answering.

    Must be called inside the running loop. A unit that is not there is silent too, as on a real line.
    """
    known = {unit.address for unit in units}

    def heard(sending: bool, pdu: ModbusPDU) -> ModbusPDU:
        if not sending and (pdu.dev_id not in known or silent(pdu.dev_id)):
            return cast(ModbusPDU, None)  # pymodbus answers nothing to a request that this hook takes away
        return pdu

    return ModbusTcpServer([_device(unit) for unit in units], framer=framer, address=("127.0.0.1", 0), trace_pdu=heard)


def _device(unit: Unit) -> SimDevice:
    async def answer(
        function: int, _start: int, address: int, count: int, registers: list[int], written: list[int] | list[bool] | None
    ) -> ExcCodes | None:
        if written is not None:
            return None if function in _WRITES and unit.switch(address, written) else ExcCodes.ILLEGAL_ADDRESS
        table = unit.tables.get(_TABLE_OF_FUNCTION.get(function, ""))
        if table is None:
            return ExcCodes.ILLEGAL_ADDRESS
        at = (address // 16 if table.bits else address) - table.start
        registers[at : at + count] = table.words[at : at + count]
        return None

    bits = [_bits(unit.tables.get(name)) for name in ("coil", "discrete")]
    words = [_words(unit.tables.get(name)) for name in ("holding", "input")]
    return SimDevice(id=unit.address, simdata=(bits[0], bits[1], words[0], words[1]), action=answer)


def _bits(table: Table | None) -> list[SimData]:
    """pymodbus wants each table to have something; `answer` refuses what the unit does not have."""
    stretches: Iterable[tuple[int, int]] = table.stretches if table else [(LAST // 16, LAST // 16)]
    return [SimData(16 * first, values=[False] * 16 * (last - first + 1), datatype=DataType.BITS) for first, last in stretches]


def _words(table: Table | None) -> list[SimData]:
    if table is None:
        return [SimData(LAST, datatype=DataType.INVALID)]
    return [SimData(first, values=[0] * (last - first + 1), datatype=DataType.REGISTERS) for first, last in table.stretches]
