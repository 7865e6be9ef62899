"""The places where a room file wants logs taken in: can they be had? Tried only when no station has them; sends nothing."""

import socket
from collections.abc import Iterator, Sequence

from cityops_desktop.doctor.finding import Finding, State
from cityops_desktop.model.loglines import Channel, LogListen
from cityops_desktop.texts import N_

AREA = "logs"


def look(places: Sequence[LogListen], station: int | None) -> Iterator[Finding]:
    """`station` is the running station's pid: what it cannot have its alarm tells."""
    for place in places if station is None else ():
        params: dict[str, object] = {"place": f"{place.channel} {place.host}", "port": place.port}
        error = _tried(place)
        if error is None:
            yield Finding(AREA, State.FINE, N_("{place}, port {port}: logs can be taken in there"), params=params)
            continue
        params["error"] = error.strerror or str(error)
        what = N_("{place}, port {port}: logs cannot be taken in there: {error}")
        yield Finding(AREA, State.WRONG, what, N_("end the program that has the port, or name another port or address under logs:"), params)


def _tried(place: LogListen) -> OSError | None:
    kind = socket.SOCK_DGRAM if place.channel in (Channel.UDP, Channel.TRAP) else socket.SOCK_STREAM
    try:
        family, _, _, _, address = socket.getaddrinfo(place.host, place.port, type=kind)[0]
        with socket.socket(family, kind) as tried:
            if kind == socket.SOCK_STREAM:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the intake does: no wait for connections that ended
            if family == socket.AF_INET6:
                tried.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            tried.bind(address)
            if kind == socket.SOCK_STREAM:
                tried.listen(1)
    except OSError as error:
        return error
    return None
