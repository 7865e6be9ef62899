"""A web server as a wire: logs in as agreed, believes the pinned certificate alone, and is held up by nothing that a server may do."""

import gzip
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from cityops_desktop import paths
from cityops_desktop.clock import SystemClock
from cityops_desktop.model.drivers import Counters
from cityops_desktop.model.readings import Reason
from drivers.exchange import NoAnswer
from drivers.web.client import MOST_BYTES, Web
from drivers.web.options import Answer, WebOptions, secret
from tests.peers.slaves import free_port
from tests.peers.webservers import answering, apache, certificate, page

BOUND = 15.0
"""Seconds by which a question with a time-out of one must have ended, on however busy a machine."""


def web_of(port: int, **options: Any) -> Web:
    return Web(WebOptions(host="127.0.0.1", port=port, **{"timeout": 1.0, **options}), SystemClock(), Counters())


def got(port: int, path: str = "/", **options: Any) -> Answer:
    web = web_of(port, **options)
    try:
        return web.get(path)
    finally:
        web.close()


def refused(port: int, path: str = "/", **options: Any) -> NoAnswer:
    began = time.monotonic()
    with pytest.raises(NoAnswer) as error:
        got(port, path, **options)
    assert time.monotonic() - began < BOUND
    return error.value


def password_file(folder: Path, text: str = "geheim\n", mode: int = 0o600) -> str:
    file = folder / "password"
    file.write_text(text)
    file.chmod(mode)
    return str(file)


def test_digest_and_basic_with_apache(tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "state.txt").write_text("recording=1\n")
    secrets = {"user": "duty", "password_file": password_file(tmp_path)}
    with apache(tmp_path, user="duty", password="geheim") as port:
        web = web_of(port, **secrets, timeout=10)
        try:
            assert [web.get("/state.txt").body for _ in range(3)] == [b"recording=1\n"] * 3
        finally:
            web.close()
        assert refused(port, "/state.txt", timeout=10).reason is Reason.DENIED
        assert refused(port, "/state.txt", **secrets, login="basic", timeout=10).reason is Reason.DENIED
        password_file(tmp_path, "wrong")
        told = refused(port, "/state.txt", **secrets, timeout=10)
        assert (told.reason, told.detail, told.answered) == (Reason.DENIED, "HTTP 401", True)
        password_file(tmp_path)
        assert refused(port, "/nowhere.txt", **secrets, timeout=10).detail == "HTTP 404"
    with apache(tmp_path, user="duty", password="geheim", login="Basic") as port:
        assert got(port, "/state.txt", **secrets, login="basic", timeout=10).body == b"recording=1\n"


def test_a_password_that_was_changed_is_read_anew(tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "state.txt").write_text("1")
    with apache(tmp_path, user="duty", password="geheim") as port:
        web = web_of(port, user="duty", password_file=password_file(tmp_path, "old"), timeout=10)
        try:
            with pytest.raises(NoAnswer):
                web.get("/state.txt")
            password_file(tmp_path)
            assert web.get("/state.txt").body == b"1"
        finally:
            web.close()


def test_a_digest_login_never_gives_the_password_to_a_server_that_asks_for_basic(tmp_path: Path) -> None:
    heard: list[bytes] = []

    def answer(connection: socket.socket, head: bytes) -> None:
        heard.append(head)
        connection.sendall(page("401 Unauthorized", b"", "text/plain", 'WWW-Authenticate: Basic realm="x"'))

    with answering(answer) as port:
        assert refused(port, user="duty", password_file=password_file(tmp_path)).reason is Reason.DENIED
    assert heard and all(b"authorization" not in head.lower() for head in heard)


def test_the_pinned_certificate_and_no_other_over_tls(tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "state.txt").write_text("1")
    pem, key, print_ = certificate(tmp_path)
    colons = ":".join(print_[at : at + 2] for at in range(0, 64, 2)).upper()
    secrets = {"user": "duty", "password_file": password_file(tmp_path)}
    with apache(tmp_path, user="duty", password="geheim", tls=(pem, key)) as port:
        for pin in (print_, colons):
            assert got(port, "/state.txt", https=True, fingerprint=pin, **secrets, timeout=10).body == b"1"
        told = refused(port, "/state.txt", https=True, fingerprint="00" * 32, **secrets, timeout=10)
        assert (told.reason, told.detail, told.answered) == (Reason.CERTIFICATE, print_, False)
        assert refused(port, "/state.txt", https=True, **secrets, timeout=10).reason is Reason.CERTIFICATE


def test_not_a_byte_of_a_request_goes_to_a_server_with_another_certificate(tmp_path: Path) -> None:
    pem, key, _ = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                try:
                    with context.wrap_socket(connection, server_side=True) as inside:
                        heard.append(inside.recv(1000))
                except OSError:
                    heard.append(b"")

        thread = threading.Thread(target=serve)
        thread.start()
        told = refused(listener.getsockname()[1], https=True, fingerprint="11" * 32, timeout=10)
        thread.join(30)
    assert told.reason is Reason.CERTIFICATE
    assert heard == [b""]


@pytest.mark.parametrize(
    ("mode", "text", "part"),
    [(0o640, "xyz", "0640, must be 0600"), (0o604, "xyz", "0604"), (0o600, "", "0 characters"), (0o600, "xyz" * 700, "characters")],
)
def test_a_password_file_that_others_may_read_or_that_is_none_is_refused(tmp_path: Path, mode: int, text: str, part: str) -> None:
    with pytest.raises(NoAnswer) as error:
        secret(Path(password_file(tmp_path, text, mode)))
    assert error.value.reason is Reason.DENIED
    assert part in error.value.detail and "xyz" not in error.value.detail


def test_a_password_file_that_is_missing(tmp_path: Path) -> None:
    told = refused(free_port(), user="a", password_file=str(tmp_path / "none"))
    assert (told.reason, told.answered) == (Reason.DENIED, False)


def slow_body(connection: socket.socket, head: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(200):
        connection.sendall(b"x")
        time.sleep(0.05)


def slow_head(connection: socket.socket, head: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(200):
        connection.sendall(b"X-%d: y\r\n" % number)
        time.sleep(0.05)


def silence(connection: socket.socket, head: bytes) -> None:
    connection.recv(1)


def endless(connection: socket.socket, head: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")


def endless_login(connection: socket.socket, head: bytes) -> None:
    connection.sendall(b'HTTP/1.1 401 no\r\nWWW-Authenticate: Digest realm="r", nonce="n"\r\n\r\n')
    while True:
        connection.sendall(b"x" * 65536)


def promises(connection: socket.socket, head: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MOST_BYTES + 1))
    connection.recv(1)


def bomb(connection: socket.socket, head: bytes) -> None:
    body = gzip.compress(bytes(50_000_000))
    connection.sendall(page("200 OK", body, "application/json", "Content-Encoding: gzip"))


def login_bomb(connection: socket.socket, head: bytes) -> None:
    body = gzip.compress(bytes(50_000_000))
    challenge = 'WWW-Authenticate: Digest realm="r", nonce="n"'
    connection.sendall(page("401 no", body, "text/plain", "Content-Encoding: gzip", challenge))


def redirect(connection: socket.socket, head: bytes) -> None:
    connection.sendall(page("302 Found", b"", "text/plain", "Location: http://10.9.9.9:81/steal?x=1"))


def nonsense(connection: socket.socket, head: bytes) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
    connection.recv(1)


def odd_login(connection: socket.socket, head: bytes) -> None:
    connection.sendall(page("401 no", b"", "text/plain", 'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=MD17, qop="auth"'))


def odd_quality(connection: socket.socket, head: bytes) -> None:
    connection.sendall(page("401 no", b"", "text/plain", 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth-int"'))


def hangs_up(connection: socket.socket, head: bytes) -> None:
    return


def half(connection: socket.socket, head: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")


@pytest.mark.parametrize(
    ("server", "reasons"),
    [
        (slow_body, {Reason.NO_ANSWER}),
        (slow_head, {Reason.NO_ANSWER}),
        (silence, {Reason.NO_ANSWER}),
        (endless, {Reason.BAD_REPLY, Reason.NO_ANSWER}),
        (endless_login, {Reason.BAD_REPLY, Reason.NO_ANSWER}),
        (promises, {Reason.BAD_REPLY}),
        (bomb, {Reason.BAD_REPLY}),
        (login_bomb, {Reason.BAD_REPLY}),
        (redirect, {Reason.BAD_REPLY}),
        (nonsense, {Reason.BAD_REPLY, Reason.NO_ANSWER}),
        (odd_login, {Reason.BAD_REPLY}),
        (odd_quality, {Reason.BAD_REPLY}),
        (hangs_up, {Reason.BAD_REPLY, Reason.CONNECTION_LOST}),
        (half, {Reason.BAD_REPLY, Reason.CONNECTION_LOST}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_whatever_a_server_does_the_question_ends_in_time_and_brings_nothing(server: Any, reasons: set[Reason], tmp_path: Path) -> None:
    with answering(server) as port:
        assert refused(port, user="duty", password_file=password_file(tmp_path)).reason in reasons


def test_a_redirect_is_told_and_not_followed() -> None:
    heard: list[bytes] = []

    def answer(connection: socket.socket, head: bytes) -> None:
        heard.append(head)
        redirect(connection, head)

    with answering(answer) as port:
        told = refused(port, "/a")
    assert (told.detail, told.answered, len(heard)) == ("HTTP 302 10.9.9.9:81", True, 1)


def test_nobody_there_and_back_again() -> None:
    port = free_port()
    web = web_of(port, timeout=10)
    with pytest.raises(NoAnswer) as error:
        web.get("/")
    assert error.value.reason is Reason.CONNECTION_REFUSED
    with answering(lambda connection, head: connection.sendall(page(body=b"here")), port):
        assert web.get("/").body == b"here"
        assert web.get("/").body == b"here"
    web.close()


def test_neither_password_nor_content_is_told_to_the_record(tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "state.txt").write_text("a secret picture")
    told: list[bytes] = []
    options = WebOptions(host="127.0.0.1", port=1, user="duty", password_file=password_file(tmp_path), timeout=10)
    with apache(tmp_path, user="duty", password="geheim") as port:
        web = Web(options.model_copy(update={"port": port}), SystemClock(), Counters(), lambda sent, data: told.append(data))
        try:
            web.get("/state.txt")
        finally:
            web.close()
    assert [line.split()[0] for line in told] == [b"GET", b"HTTP"]
    assert not any(word in line for line in told for word in (b"geheim", b"secret picture", b"Digest"))


@pytest.mark.parametrize(
    "given",
    [
        {"host": "a", "fingerprint": "00" * 32},
        {"host": "a", "user": "x"},
        {"host": "a", "password_file": "/x"},
        {"host": "a@b"},
        {"host": "a/b"},
        {"host": "a", "https": True, "fingerprint": "00"},
    ],
)
def test_what_does_not_fit_together_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WebOptions(**given)


def test_an_address_of_ipv6_and_the_ports_that_go_without_saying() -> None:
    assert (WebOptions(host="::1").url, WebOptions(host="::1").at) == ("http://[::1]", "::1:80")
    assert (WebOptions(host="Nvr", https=True).url, WebOptions(host="Nvr", https=True).at) == ("https://Nvr", "nvr:443")


def test_the_program_starts_without_an_http_library() -> None:
    code = "import sys, drivers.registry; print([name for name in ('httpx', 'httpcore', 'xml.etree') if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], cwd=paths.ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout.strip() in ("[]", "['xml.etree']"), told.stdout


@pytest.mark.parametrize("path", ["@127.0.0.2/x", ":9/x", ".example/x", "x", ""])
def test_a_path_never_leads_to_another_host(path: str, tmp_path: Path) -> None:
    heard: list[bytes] = []
    with answering(lambda connection, head: heard.append(head)) as port:
        web = web_of(port, user="duty", password_file=password_file(tmp_path), login="basic")
        for ask in (web.get, lambda at: web.post(at, b"x", "text/plain")):
            with pytest.raises(NoAnswer) as error:
                ask(path)
            assert (error.value.reason, error.value.asked) == (Reason.BAD_REPLY, False)
        web.close()
    assert heard == []


def test_no_cookie_is_kept() -> None:
    heard: list[bytes] = []

    def answer(connection: socket.socket, head: bytes) -> None:
        heard.append(head)
        connection.sendall(page("200 OK", b"x", "text/plain", f"Set-Cookie: c{len(heard)}=v; Max-Age=999"))

    with answering(answer) as port:
        web = web_of(port)
        for _ in range(3):
            web.get("/")
        web.close()
    assert len(heard) == 3 and b"cookie" not in b"".join(heard).lower()


def test_a_file_of_several_lines_is_no_password(tmp_path: Path) -> None:
    """Whoever writes the room file must not have a key of the station's user told to a server of his."""
    for text in ("-----BEGIN KEY-----\nabc\n-----END KEY-----\n", "auth: x\npriv: y", "a\tb", "\u202ea"):
        with pytest.raises(NoAnswer) as error:
            secret(Path(password_file(tmp_path, text)))
        assert (error.value.reason, error.value.detail) == (Reason.DENIED, "password: not one line")
    assert secret(Path(password_file(tmp_path, "mit Leerzeichen ü\r\n"))) == "mit Leerzeichen ü"
