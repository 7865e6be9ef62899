"""Servers that messages go to: SMTP (aiosmtpd), HTTP that keeps what was posted, syslog over UDP, TCP and TLS; with a certificate."""

import ipaddress
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(folder: Path, name: str = "127.0.0.1") -> tuple[Path, ssl.SSLContext]:
    """A certificate for the loopback that signs itself: its file, and what a server needs to show it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), now - timedelta(1), now + timedelta(1))
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))])
    made = made.add_extension(names, False).add_extension(x509.BasicConstraints(True, None), True)
    signed = made.sign(key, hashes.SHA256())
    file, private = folder / f"{name}.pem", folder / f"{name}.key"
    file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    kinds = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    private.write_bytes(key.private_bytes(*kinds))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file, private)
    return file, context


logging.getLogger("mail.log").setLevel(logging.ERROR)  # its own use of what it has deprecated


@dataclass
class Letters:
    """What the SMTP server took; `refuse` by receiver is what it says instead."""

    port: int = 0
    taken: list[Envelope] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    logins: list[tuple[str, str]] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        self.taken.append(envelope)
        return "250 OK"


@contextmanager
def smtp(context: ssl.SSLContext | None = None, *, starttls: bool = False, user: str = "", password: str = "") -> Iterator[Letters]:
    """An SMTP server: plain, over TLS from the start, or with STARTTLS demanded."""
    letters = Letters()

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        letters.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=letters.logins[-1] == (user, password), handled=False)

    more: dict[str, Any] = {"tls_context": context, "require_starttls": True} if starttls else {}
    if user:
        more |= {"authenticator": check, "auth_required": True, "auth_require_tls": True}
    controller = Controller(letters, hostname="127.0.0.1", port=_free(), ssl_context=None if starttls else context, **more)
    controller.start()
    try:
        letters.port = controller.port
        yield letters
    finally:
        controller.stop()


@dataclass
class Posted:
    """One request."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Posts:
    """What was posted; `answers` are taken one by one, the last one stays: status and body."""

    url: str = ""
    taken: list[Posted] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=lambda: [(200, b'{"errcode": 0, "code": 0}')])


@contextmanager
def http(context: ssl.SSLContext | None = None) -> Iterator[Posts]:
    """An HTTP server."""
    posts = Posts()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            posts.taken.append(Posted(parts.path, query, {key.lower(): value for key, value in self.headers.items()}, body))
            status, answer = posts.answers.pop(0) if len(posts.answers) > 1 else posts.answers[0]
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if status in (301, 302, 307):
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def do_HEAD(self) -> None:
            self.send_response(404)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that does not trust us hangs up."""

    server = Server(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    posts.url = f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}"
    try:
        yield posts
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Lines:
    """What a syslog server heard."""

    port: int = 0
    heard: list[bytes] = field(default_factory=list)
    connections: list[socket.socket] = field(default_factory=list)

    def hang_up(self) -> None:
        """All that are connected."""
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


@contextmanager
def syslog(context: ssl.SSLContext | None = None, *, udp: bool = False) -> Iterator[Lines]:
    """A syslog server that reads octet-counted frames, or datagrams."""
    lines, threads, ended = Lines(), [], threading.Event()
    kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
    listener = socket.socket(socket.AF_INET, kind)
    listener.bind(("127.0.0.1", 0))
    listener.settimeout(0.05)
    lines.port = listener.getsockname()[1]
    if not udp:
        listener.listen()

    def read(connection: socket.socket) -> None:
        with connection:
            rest = b""
            try:
                if context is not None:
                    connection = context.wrap_socket(connection, server_side=True)
                lines.connections.append(connection)
                while data := connection.recv(4096):
                    rest += data
                    while b" " in rest and len(rest) >= len(rest.partition(b" ")[0]) + 1 + int(rest.partition(b" ")[0]):
                        size, _, after = rest.partition(b" ")
                        lines.heard.append(after[: int(size)])
                        rest = after[int(size) :]
            except (OSError, ValueError):
                return
            finally:
                connection.close()

    def accept() -> None:
        while not ended.is_set():
            try:
                if udp:
                    lines.heard.append(listener.recv(65536))
                    continue
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            connection.settimeout(30)
            threads.append(threading.Thread(target=read, args=(connection,), daemon=True))
            threads[-1].start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield lines
    finally:
        ended.set()
        accepting.join()
        lines.hang_up()
        listener.close()
        for thread in threads:
            thread.join(30)


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
