"""A meter on the package dlt645, run as a program by the tests: `dlt645_meter.py tcp PORT | rtu PATH`; ends with its input.

Its address is 202107072529; it holds what `HELD` says.
"""

import sys

from dlt645 import MeterServerService

ADDRESS = "202107072529"
HELD = {
    **{0x02010100: 220.5, 0x02010200: 221.3, 0x02010300: 219.8},
    **{0x02020100: 12.345, 0x02020200: -1.25, 0x02020300: 0.0},
    **{0x02030000: 3.4567, 0x02040000: -0.5, 0x02050000: 3.5, 0x02060000: 0.987, 0x02800002: 49.98},
    **{0x00010000: 12345.67, 0x00020000: 0.25},
}


def main() -> None:
    """Answer until standard input ends."""
    if sys.argv[1] == "tcp":
        meter = MeterServerService.new_tcp_server("127.0.0.1", int(sys.argv[2]), 30)
    else:
        meter = MeterServerService.new_rtu_server(sys.argv[2], 8, 1, 2400, "E", 5.0)
    meter.set_address(bytes.fromhex(ADDRESS)[::-1])  # it takes the address as it goes on the wire
    for item, value in HELD.items():
        (meter.set_02 if item >> 24 == 2 else meter.set_00)(item, value)
    meter.set_04(0x04000402, ADDRESS)
    if not meter.server.start():
        raise SystemExit("the meter did not start")
    print("ready", flush=True)  # noqa: T201
    sys.stdin.read()
    meter.server.stop()


if __name__ == "__main__":
    main()
