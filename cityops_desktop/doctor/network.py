"""Gateways and serial servers of a room file: can they be connected to? Only when asked, for a line may belong to others; sends nothing."""

import socket
from collections.abc import Iterator, Mapping

from cityops_desktop.doctor.finding import Finding, State
from cityops_desktop.texts import N_

AREA = "network"
SECONDS = 2.0


def look(gateways: Mapping[str, tuple[str, int]], *, connect: bool) -> Iterator[Finding]:
    """`gateways` is {bus: (host, port)}; without `connect` nothing is tried."""
    for bus, (host, port) in gateways.items():
        params: dict[str, object] = {"bus": bus, "host": host, "port": port}
        if not connect:
            what = N_("{host}:{port} of the bus “{bus}” was not tried")
            yield Finding(AREA, State.UNKNOWN, what, N_("add --connect to connect to it once; nothing is sent"), params)
            continue
        try:
            socket.create_connection((host, port), SECONDS).close()
        except OSError as error:
            params["error"] = error.strerror or str(error)
            what = N_("{host}:{port} of the bus “{bus}” cannot be connected to: {error}")
            do = N_("check address, port, cable and firewall; some gateways bear one client only, and that may be the station")
            yield Finding(AREA, State.WRONG, what, do, params)
        else:
            yield Finding(AREA, State.FINE, N_("{host}:{port} of the bus “{bus}” takes connections"), params=params)
