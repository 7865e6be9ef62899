"""Modbus TCP slaves on pymodbus that say who they are: `identified_slave.py PORT MODEL VERSION UNIT=SERIAL...`; says "ready", ends with its
input. Function 43 tells maker, product, version and model; holding register 100 of each unit holds its serial number, all others 7.
"""

import asyncio
import sys

from pymodbus import ModbusDeviceIdentification
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

SIZE = 200


def device(unit: int, serial: int) -> SimDevice:
    words = [SimData(0, values=[serial if a == 100 else 7 for a in range(SIZE)], datatype=DataType.REGISTERS)]
    bits = [SimData(0, values=[False] * SIZE, datatype=DataType.BITS)]
    return SimDevice(id=unit, simdata=(bits, bits, words, words))


async def main() -> None:
    port, model, version = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    units = [tuple(map(int, part.split("="))) for part in sys.argv[4:]]
    facts = {"VendorName": "Acme", "ProductCode": "P", "MajorMinorRevision": version, "ModelName": model}
    who = ModbusDeviceIdentification(info_name=facts)
    server = ModbusTcpServer([device(*one) for one in units], address=("127.0.0.1", port), identity=who)
    await server.serve_forever(background=True)
    print("ready", flush=True)  # noqa: T201
    await asyncio.to_thread(sys.stdin.read)
    await server.shutdown()


asyncio.run(main())
