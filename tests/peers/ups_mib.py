"""A UPS by UPS-MIB (RFC 1628) for snmpd's pass_persist: numbers from a file that a test may rewrite while it runs."""

import sys
from pathlib import Path

BASE = "1.3.6.1.2.1.33.1."


def table():
    """Type and value of each object: lines "2.4.0 integer 87"; the order is that of the tree."""
    lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    found = {tuple(map(int, (BASE + name).split("."))): (kind, value) for name, kind, value in (line.split(" ", 2) for line in lines)}
    return dict(sorted(found.items()))


def say(*lines):
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


while command := sys.stdin.readline().strip():
    if command == "PING":
        say("PONG")
        continue
    wanted = tuple(int(part) for part in sys.stdin.readline().strip().strip(".").split("."))
    objects = table()
    if command == "getnext":
        wanted = next((name for name in objects if name > wanted), ())
    if command == "set":
        sys.stdin.readline()
        say("not-writable")
    elif wanted in objects:
        say("." + ".".join(map(str, wanted)), *objects[wanted])
    else:
        say("NONE")
