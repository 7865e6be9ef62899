"""Places where logs are to be taken in: free, taken by another program, of another machine."""

import socket

from cityops_desktop.doctor import collecting
from cityops_desktop.doctor.finding import State
from cityops_desktop.model.loglines import Channel, LogListen
from tests.peers.slaves import free_port


def found(*places: LogListen, station: int | None = None) -> list[tuple[State, object, object]]:
    return [(one.state, one.params["port"], one.params.get("error")) for one in collecting.look(places, station)]


def test_free_taken_and_foreign_places() -> None:
    free = free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams, socket.create_server(("127.0.0.1", 0)) as streams:
        datagrams.bind(("127.0.0.1", 0))
        taken, listening = datagrams.getsockname()[1], streams.getsockname()[1]
        places = (
            LogListen(Channel.UDP, "127.0.0.1", free),
            LogListen(Channel.TLS, "0.0.0.0", free),
            LogListen(Channel.TRAP, "127.0.0.1", taken),
            LogListen(Channel.TCP, "127.0.0.1", listening),
            LogListen(Channel.UDP, "192.0.2.1", free),
        )
        assert found(*places) == [
            (State.FINE, free, None),
            (State.FINE, free, None),
            (State.WRONG, taken, "Address already in use"),
            (State.WRONG, listening, "Address already in use"),
            (State.WRONG, free, "Cannot assign requested address"),
        ]


def test_beside_a_running_station_nothing_is_tried() -> None:
    assert found(LogListen(Channel.UDP, "192.0.2.1", 5514), station=1) == []
