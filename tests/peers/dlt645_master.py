"""Another master on a serial line: the package dlt645, run as a program: `dlt645_master.py PORT ADDRESS ITEM...`; ends with its input.

It reads the items (hexadecimal) of class 02 one after the other, over and over.
"""

import select
import sys

from dlt645 import MeterClientService

PAUSE = 0.1


def main() -> None:
    """Ask until standard input ends."""
    port, address, *items = sys.argv[1:]
    client = MeterClientService.new_rtu_client(port, 2400, 8, 1, "E", 2.0)
    client.set_address(bytes.fromhex(address)[::-1].hex())  # it takes the address as it goes on the wire
    if not client.connect():
        raise SystemExit("the port cannot be opened")
    print("ready", flush=True)  # noqa: T201
    while True:
        for item in items:
            client.read_02(int(item, 16))
            if select.select([sys.stdin], [], [], PAUSE)[0]:
                return


if __name__ == "__main__":
    main()
