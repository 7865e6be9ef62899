"""A real station with its TLS port: who comes in, who does not, and how somebody else's clients fare (ssl, openssl, bare sockets)."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from cityops_desktop.errors import Exit
from cityops_desktop.link.remote import Invitation, fingerprint_of, pinned, read_line
from tests.peers.slaves import free_port
from tests.peers.station import PATIENCE, StationPeer, station, write_room

GET = b"GET /api/v1/state HTTP/1.1\r\nHost: somewhere\r\n"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StationPeer, str]]:
    """One station for all that leaves it as it was, with an administrator's session."""
    with station(tmp_path_factory.mktemp("remote"), free_port(), listen="127.0.0.1:0") as peer:
        peer.first_administrator()
        yield peer, peer.login("root")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[StationPeer]:
    """A station of the test's own, for what the station remembers against an address."""
    with station(tmp_path, free_port(), listen="127.0.0.1:0") as peer:
        peer.first_administrator()
        yield peer


def address(peer: StationPeer) -> tuple[str, int]:
    host, _, port = peer.remote.rpartition(":")
    return host, int(port)


def certificate(peer: StationPeer) -> str:
    return (peer.data / "tls" / "cert.pem").read_text()


def invited(peer: StationPeer, session: str, name: str = "wall 2") -> tuple[str, Invitation]:
    told = peer.act(session, {"kind": "console.pair", "name": name})
    assert told["outcome"] == "done", told
    line = read_line(told["data"]["line"])
    assert line is not None and line.fingerprint == peer.fingerprint and f"{line.host}:{line.port}" == peer.remote
    return told["data"]["console"], line


def client(peer: StationPeer, token: str = "") -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=f"https://{peer.remote}", headers=headers, verify=pinned(certificate(peer)), trust_env=False, timeout=30)


def paired(peer: StationPeer, session: str) -> tuple[str, str]:
    """A console's id and token."""
    console, line = invited(peer, session)
    with client(peer) as remote:
        answer = remote.post("/api/v1/pair", json={"code": line.code})
    assert answer.status_code == 201, answer.text
    assert answer.json()["console"] == console
    return console, str(answer.json()["token"])


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def rows(peer: StationPeer, kind: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(peer.data / "records.db")) as records:
        return [json.loads(body) for (body,) in records.execute("SELECT body FROM change WHERE kind = ? ORDER BY seq", (kind,))]


def test_a_paired_console_sees_the_room_and_acts_there(house):
    peer, admin = house
    _, token = paired(peer, admin)
    with client(peer, token) as remote:
        assert remote.get("/api/v1/state").json()["room"]["id"] == "r1"
        desk = {"X-CityOps-Console": "far desk"}
        body = {"name": "root", "password": "Correct-horse-7", "console": "far"}
        session = remote.post("/api/v1/session", json=body, headers=desk).json()["token"]
        told = remote.get("/api/v1/people", headers={**desk, "X-CityOps-Session": session})
        assert told.json()["fingerprint"] == peer.fingerprint
        assert any(one["paired"] for one in told.json()["consoles"])
    # the session belongs to the remote console: with the local token it is a stolen one
    stolen = peer.client.get("/api/v1/people", headers={**desk, "X-CityOps-Session": session})
    assert code_of(stolen) == (403, "stolen_session")


def test_tokens_are_good_at_their_own_door_only(house):
    peer, admin = house
    _, token = paired(peer, admin)
    local = (peer.data / "token").read_text().strip()
    with client(peer, local) as remote:
        assert code_of(remote.get("/api/v1/state")) == (401, "not_paired")
    here = httpx.get(f"{peer.url}/api/v1/state", headers={"Authorization": f"Bearer {token}"}, trust_env=False)
    assert code_of(here) == (401, "wrong_token")


def test_no_token_and_web_pages_are_refused_and_any_host_name_is_good(house):
    peer, admin = house
    _, token = paired(peer, admin)
    with client(peer) as remote:
        assert code_of(remote.get("/api/v1/state")) == (401, "not_paired")
        assert code_of(remote.get("/api/v1/pair")) == (401, "not_paired")
    with client(peer, token) as remote:
        assert code_of(remote.get("/api/v1/state", headers={"Origin": "https://evil"})) == (403, "foreign_origin")
        assert remote.get("/api/v1/state", headers={"Host": "station.example"}).status_code == 200


def test_the_first_start_and_pairing_are_for_their_own_side(tmp_path):
    with station(tmp_path, free_port(), listen="127.0.0.1:0") as peer:
        setup = {"administrator": {"name": "root", "display": "王", "password": "Correct-horse-7"}}
        with client(peer) as remote:
            assert code_of(remote.post("/api/v1/setup", json=setup)) == (401, "not_paired")
        assert code_of(peer.client.post("/api/v1/pair", json={"code": "A" * 26})) == (403, "remote_only")


def test_a_code_is_good_once(house):
    peer, admin = house
    _, line = invited(peer, admin)
    with client(peer) as remote:
        assert remote.post("/api/v1/pair", json={"code": line.code.lower()}).status_code == 201
        assert code_of(remote.post("/api/v1/pair", json={"code": line.code})) == (403, "wrong_pairing_code")


def test_neither_code_nor_token_stands_anywhere_in_clear(house):
    peer, admin = house
    _, line = invited(peer, admin)
    _, token = paired(peer, admin)
    kept = b"".join(file.read_bytes() for file in peer.data.rglob("*") if file.is_file() and file.name != "token")
    assert line.code.encode() not in kept and token.encode() not in kept


def test_a_revoked_console_is_cut_off_at_once_with_its_stream_and_sessions(house):
    peer, admin = house
    console, token = paired(peer, admin)
    desk = {"X-CityOps-Console": "lost desk"}
    with client(peer, token) as remote:
        body = {"name": "root", "password": "Correct-horse-7", "console": "lost"}
        session = remote.post("/api/v1/session", json=body, headers=desk).json()["id"]
        assert session in {one["id"] for one in people(peer, admin)["sessions"]}
        with remote.stream("GET", "/api/v1/stream") as stream:
            chunks = stream.iter_bytes()
            assert b"event: copy" in next(chunks)
            assert peer.act(admin, {"kind": "console.revoke", "console": console})["outcome"] == "done"
            rest = b"".join(chunks)  # ends: the stream was cut
        assert b"event: copy" not in rest
        assert code_of(remote.get("/api/v1/state")) == (401, "not_paired")
    page = people(peer, admin)
    assert session not in {one["id"] for one in page["sessions"]}
    assert next(one for one in page["consoles"] if one["id"] == console)["revoked"]
    again = peer.act(admin, {"kind": "console.revoke", "console": console})
    assert again["code"] == "no_such_console"


def people(peer: StationPeer, session: str) -> dict[str, Any]:
    assert peer.client is not None
    return dict(peer.client.get("/api/v1/people", headers=peer.headers(session)).json())


def test_pairing_is_remembered_over_a_restart_of_the_station(tmp_path):
    with station(tmp_path, free_port(), listen="127.0.0.1:0") as peer:
        peer.first_administrator()
        _, token = paired(peer, peer.login("root"))
        before = peer.fingerprint
    with station(tmp_path, free_port(), listen="127.0.0.1:0") as peer:
        assert peer.fingerprint == before
        with client(peer, token) as remote:
            assert remote.get("/api/v1/state").status_code == 200


def test_wrong_codes_are_throttled_and_recorded(own):
    admin = own.login("root")
    _, line = invited(own, admin)
    with client(own) as remote:
        told = [code_of(remote.post("/api/v1/pair", json={"code": f"{n:026}"})) for n in range(7)]
        assert told == [(403, "wrong_pairing_code")] * 5 + [(403, "slow_down")] * 2
        assert code_of(remote.post("/api/v1/pair", json={"code": line.code})) == (403, "slow_down")
    assert own.stop() == 0
    refused = [row for row in rows(own, "act.refused") if row["code"] == "wrong_pairing_code"]
    assert [row["console"] for row in refused] == ["127.0.0.1"] * 5


def test_wrong_tokens_are_recorded_once_a_minute_and_then_their_connections_closed(own):
    _, token = paired(own, own.login("root"))
    with client(own) as remote:
        told = [remote.get("/api/v1/state", headers={"Authorization": f"Bearer {n:040}"}) for n in range(14)]
    assert [answer.status_code for answer in told] == [401] * 10 + [429] * 4
    assert told[-1].headers["connection"] == "close"
    with client(own, token) as remote:
        assert remote.get("/api/v1/state").status_code == 200, "a console that is paired comes in from the same address"
    assert own.stop() == 0
    codes = [row["code"] for row in rows(own, "act.refused")]
    assert codes.count("not_paired") == 1 and codes.count("slow_down") == 1


def test_plain_http_old_tls_and_foreign_greetings_get_nothing(house):
    peer, _ = house
    with socket.create_connection(address(peer), PATIENCE) as plain:
        plain.sendall(GET + b"\r\n")
        assert b"HTTP" not in rest_of(plain)
    for version in ("-tls1", "-tls1_1"):
        done = subprocess.run(
            ["openssl", "s_client", "-connect", peer.remote, version, "-cipher", "DEFAULT@SECLEVEL=0"],
            input=b"",
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode != 0 and b"no peer certificate available" in done.stdout, done
    for version in ("-tls1_2", "-tls1_3"):
        done = subprocess.run(
            ["openssl", "s_client", "-connect", peer.remote, version], input=b"", capture_output=True, timeout=PATIENCE, check=True
        )
        assert b"CN = r1" in done.stdout and b"ecdsa" in done.stdout.lower()


def test_the_fingerprint_told_is_that_of_the_certificate_shown(house):
    peer, _ = house
    assert fingerprint_of(ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(address(peer)))) == peer.fingerprint
    key = peer.data / "tls" / "key.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    done = subprocess.run(
        ["openssl", "x509", "-in", peer.data / "tls" / "cert.pem", "-noout", "-fingerprint", "-sha256", "-enddate"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert peer.fingerprint in done.stdout


def rest_of(connection: socket.socket) -> bytes:
    """What comes until the other side ends it."""
    seen = b""
    connection.settimeout(PATIENCE)
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while data := connection.recv(4096):
            seen += data
    return seen


def test_greetings_that_never_end_are_cut_off_and_keep_nobody_out(own):
    """More connections than the station holds, from one address: some refused at once, the others after the door's patience."""
    _, token = paired(own, own.login("root"))
    hello = bytes.fromhex("160301020001")  # the beginning of a greeting
    with contextlib.ExitStack() as held:
        silent = [held.enter_context(socket.create_connection(address(own), PATIENCE)) for _ in range(40)]
        for connection in silent[::2]:
            connection.sendall(hello)
        assert own.client is not None
        assert own.client.get("/api/v1/state").status_code == 200, "the local console is not kept out"
        assert [rest_of(connection) for connection in silent] == [b""] * 40
    end = time.monotonic() + PATIENCE
    with client(own, token) as remote:
        while True:
            with contextlib.suppress(httpx.TransportError):
                assert remote.get("/api/v1/state").status_code == 200
                break
            assert time.monotonic() < end


def test_a_request_that_never_ends_is_cut_off_inside_tls(house):
    peer, _ = house
    context = pinned(certificate(peer))
    with socket.create_connection(address(peer), PATIENCE) as plain, context.wrap_socket(plain) as inside:
        inside.sendall(GET)
        assert rest_of(inside) == b""


def test_a_port_in_use_is_said_at_the_first_start_and_ends_it(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        peer = StationPeer(write_room(tmp_path, free_port()), tmp_path / "data", listen=place)
        with contextlib.suppress(AssertionError):
            peer.wait_ready()
        assert peer.stop() == Exit.IN_USE
    assert any(place in line for line in peer.errors), peer.errors


def test_a_station_that_fell_watches_its_room_without_the_port_that_was_taken_meanwhile(tmp_path):
    with station(tmp_path, free_port(), listen=f"127.0.0.1:{free_port()}") as peer, socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place, taken = address(peer), threading.Event()

        def take() -> None:
            end = time.monotonic() + PATIENCE
            while not taken.is_set() and time.monotonic() < end:
                with contextlib.suppress(OSError):
                    thief.bind(place)
                    thief.listen()
                    taken.set()

        stealing = threading.Thread(target=take)
        stealing.start()
        os.kill(peer.child(), signal.SIGKILL)
        peer.wait_ready()
        stealing.join()
        assert taken.is_set() and peer.remote == ""
        assert peer.state().room.id == "r1"
