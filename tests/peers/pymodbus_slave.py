"""A Modbus slave on pymodbus, run as a program by the tests: `pymodbus_slave.py tcp|rtu UNIT...`; prints its port, ends with its input.

Holding and input register a hold a * 3 + unit, coil and discrete input a are on where a % 3 == 0; addresses 0 to 399 exist.
"""

import asyncio
import sys

from pymodbus.framer import FramerType
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

SIZE = 400


def device(unit: int) -> SimDevice:
    words = [SimData(0, values=[a * 3 + unit for a in range(SIZE)], datatype=DataType.REGISTERS)]
    bits = [SimData(0, values=[a % 3 == 0 for a in range(SIZE)], datatype=DataType.BITS)]
    return SimDevice(id=unit, simdata=(bits, bits, words, words))


async def main() -> None:
    framer = FramerType.RTU if sys.argv[1] == "rtu" else FramerType.SOCKET
    server = ModbusTcpServer([device(int(unit)) for unit in sys.argv[2:]], framer=framer, address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    print(server.transport.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    await asyncio.to_thread(sys.stdin.read)
    await server.shutdown()


asyncio.run(main())
