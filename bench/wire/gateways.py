"""Many Modbus TCP devices in one process of pymodbus, for the measurement of many gateways at once."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.peers.slaves import free_port


@contextmanager
def gateways(count: int) -> Iterator[list[int]]:
    """Their ports."""
    ports = [free_port() for _ in range(count)]
    process = subprocess.Popen([sys.executable, "-m", "bench.wire.gateways", *map(str, ports)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline().strip() == "ready"
        yield ports
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


async def serve(ports: list[int]) -> None:
    """All of them, until this process is killed."""
    from pymodbus.server import ModbusTcpServer
    from pymodbus.simulator import DataType, SimData, SimDevice

    servers = []
    for port in ports:
        device = SimDevice(1, simdata=[SimData(0, values=list(range(100, 300)), datatype=DataType.REGISTERS)])
        server = ModbusTcpServer(device, address=("127.0.0.1", port))
        await server.serve_forever(background=True)
        servers.append(server)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve([int(port) for port in sys.argv[1:]]))
