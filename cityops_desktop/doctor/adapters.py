"""USB adapters that hold back what they receive: their latency timers (Linux). Changes none."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from cityops_desktop.doctor.finding import Finding, Machine, State
from cityops_desktop.texts import N_

AREA = "adapters"
BEARABLE = 2
"""ms; a timer of 16 ms, as drivers set it, costs as much as the whole answer of a sensor at 9600 baud."""


def look(machine: Machine, buses: Mapping[str, str]) -> Iterator[Finding]:
    """Every adapter that has such a timer, with those of these buses (port by bus) that use it."""
    used: dict[str, list[str]] = {}
    for bus, port in buses.items():
        used.setdefault(Path(os.path.realpath(machine.root / port.lstrip("/"))).name, []).append(bus)
    folder = machine.sys / "bus" / "usb-serial" / "devices"
    timers = sorted(folder.glob("*/latency_timer"))
    if not timers:
        yield Finding(AREA, State.FINE, N_("no USB adapter with a latency timer"))
    for timer in timers:
        names = used.get(timer.parent.name, [])
        port = f"{timer.parent.name} ({', '.join(names)})" if names else timer.parent.name
        params: dict[str, object] = {"port": port, "path": f"/{timer.relative_to(machine.root)}"}
        try:
            params["ms"] = ms = int(timer.read_text("ascii"))
        except (OSError, ValueError):
            yield Finding(AREA, State.UNKNOWN, N_("the latency timer of {port} cannot be read"), params=params)
            continue
        if ms <= BEARABLE:
            yield Finding(AREA, State.FINE, N_("{port} hands on at once what it receives ({ms} ms)"), params=params)
        else:
            what = N_("{port} holds back what it receives for {ms} ms: every question takes that much longer")
            do = N_(
                "as root: echo 1 > {path}; for ever, in /etc/udev/rules.d/99-latency.rules: "
                'ACTION=="add", SUBSYSTEM=="usb-serial", ATTR{{latency_timer}}="1"'
            )
            yield Finding(AREA, State.WRONG, what, do, params)
