"""`python -m bench.wire.units PORT UNIT...`: plain units on one serial port, until standard input ends; others are not answered."""

import os
import select
import sys

from tests.drivers.modbus.slave import crc16, rtu_answer

REQUEST = 8


def serve(port: str, units: frozenset[int]) -> None:
    """Answer reads until standard input ends."""
    file = os.open(port, os.O_RDWR | os.O_NOCTTY)
    print("ready", flush=True)
    buffer = b""
    while True:
        ready, _, _ = select.select([file, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        buffer += os.read(file, 4096)
        while len(buffer) >= REQUEST:
            if crc16(buffer[: REQUEST - 2]) != buffer[REQUEST - 2 : REQUEST]:
                buffer = buffer[1:]
                continue
            request, buffer = buffer[:REQUEST], buffer[REQUEST:]
            if request[0] in units:
                os.write(file, rtu_answer(request))


if __name__ == "__main__":
    serve(sys.argv[1], frozenset(int(unit) for unit in sys.argv[2:]))
