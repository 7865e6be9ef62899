"""Web servers to ask: Apache (Debian's apache2-bin) with digest, basic and TLS, and a socket that answers what a test gives it."""

import base64
import hashlib
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.peers.slaves import free_port

MODULES = "/usr/lib/apache2/modules"
REALM = "recorder"


def certificate(folder: Path, name: str = "recorder") -> tuple[Path, Path, str]:
    """A self-signed certificate with its key, and its SHA-256."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), now - timedelta(1), now + timedelta(1))
    signed = made.sign(key, hashes.SHA256())
    pem, private = folder / f"{name}.pem", folder / f"{name}.key"
    pem.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    kinds = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    private.write_bytes(key.private_bytes(*kinds))
    return pem, private, signed.fingerprint(hashes.SHA256()).hex()


@contextmanager
def apache(
    folder: Path, *, user: str = "", password: str = "", login: str = "Digest", tls: tuple[Path, Path] | None = None
) -> Iterator[int]:
    """Apache serving `folder`/www on a free port of the loopback."""
    port, www = free_port(), folder / "www"
    www.mkdir(exist_ok=True)
    modules = ["mpm_event", "authz_core", "authz_user", "authn_core", "authn_file", "auth_digest", "auth_basic", "mime"]
    modules += ["ssl"] if tls else []
    lines = [f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in modules]
    lines += [f"ServerRoot {folder}", f"PidFile {folder}/pid", f"ErrorLog {folder}/error.log", f"Listen 127.0.0.1:{port}"]
    lines += ["ServerName localhost", f"DocumentRoot {www}", "TypesConfig /dev/null", "AddType image/jpeg .jpg", "StartServers 1"]
    lines += [f"<Directory {www}>", "Require all granted" if not user else "Require valid-user"]
    if user:
        lines += [f"AuthType {login}", f'AuthName "{REALM}"', f"Auth{login}Provider file", f"AuthUserFile {folder}/users"]
        if login == "Digest":
            (folder / "users").write_text(f"{user}:{REALM}:{hashlib.md5(f'{user}:{REALM}:{password}'.encode()).hexdigest()}\n")
        else:
            (folder / "users").write_text(f"{user}:{{SHA}}{_sha(password)}\n")
    lines += ["</Directory>"]
    if tls:
        lines += ["SSLEngine on", f"SSLCertificateFile {tls[0]}", f"SSLCertificateKeyFile {tls[1]}"]
    (folder / "apache.conf").write_text("\n".join(lines) + "\n")
    process = subprocess.Popen(["/usr/sbin/apache2", "-f", str(folder / "apache.conf"), "-DFOREGROUND"], cwd=folder)
    try:
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < end, (folder / "error.log").read_text()
                time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _sha(password: str) -> str:
    return base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()


@contextmanager
def answering(answer: Callable[[socket.socket, bytes], None], at: int = 0) -> Iterator[int]:
    """A port (`at`, or a free one) of the loopback where each connection that sends the head of a request is handed to `answer` with it."""
    listener = socket.create_server(("127.0.0.1", at))
    ended = threading.Event()
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        connection.settimeout(30)
        with connection:
            try:
                head = b""
                while b"\r\n\r\n" not in head:
                    came = connection.recv(65536)
                    if not came:
                        return
                    head += came
                answer(connection, head)
            except OSError:
                return

    def accept() -> None:
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=serve, args=(connection,), daemon=True))
            threads[-1].start()

    listening = threading.Thread(target=accept, daemon=True)
    listening.start()
    try:
        yield listener.getsockname()[1]
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        listening.join(30)
        for thread in threads:
            thread.join(30)


def page(status: str = "200 OK", body: bytes = b"", kind: str = "text/plain", *headers: str) -> bytes:
    """An answer that closes the connection."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
