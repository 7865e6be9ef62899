"""A web server as a wire: one question, one whole answer, within limits of time and size, from the one host that is meant.

Follows no redirect, unpacks nothing, asks no proxy, and tells the record neither headers nor content: they hold passwords, pictures and
names. Knows no device.
"""

import errno
import hashlib
import ssl
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import Counters
from cityops_desktop.model.readings import Reason
from cityops_desktop.model.traffic import Record, unrecorded
from drivers.exchange import NoAnswer
from drivers.web.options import Answer, Login, WebOptions, secret

MOST_BYTES = 2 * 1024 * 1024
"""The longest answer that is read."""
CONNECTING = 3.0
"""Seconds that a connection may take: one lost SYN is repeated after 1 s."""


class Web:
    """One server. NoAnswer from each question that brought no whole answer of success."""

    def __init__(self, options: WebOptions, clock: Clock, counters: Counters, record: Record = unrecorded) -> None:
        self._options = options
        self._counters = counters
        self._record = record
        self._limits = _Limits(clock, options.fingerprint)
        self._client: httpx.Client | None = None

    def get(self, path: str, timeout: float | None = None) -> Answer:
        """Ask for this path (which begins with a slash)."""
        return self._ask("GET", path, b"", "", timeout)

    def post(self, path: str, body: bytes, kind: str, timeout: float | None = None) -> Answer:
        """Hand a body of this media type to this path."""
        return self._ask("POST", path, body, kind, timeout)

    def close(self) -> None:
        """Let go of the server; never raises."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _ask(self, verb: str, path: str, body: bytes, kind: str, timeout: float | None) -> Answer:
        if not path.startswith("/"):  # “@elsewhere/” would be another host, and get our password
            raise NoAnswer(Reason.BAD_REPLY, "path", asked=False)
        self._limits.begin(timeout or self._options.timeout)
        headers = {"Content-Type": kind} if kind else {}
        self._record(True, f"{verb} {path}\n".encode())
        try:
            if self._client is None:
                self._client = self._open()
            response = self._client.request(verb, self._options.url + path, content=body or None, headers=headers)
            self._client.cookies.clear()  # no server gets a place here that grows
        except NoAnswer as no:
            self._count(no)
            raise
        except Exception as error:
            why = _why_not(error)
            if why is None:
                raise
            self._count(why)
            raise why from error
        told = response.headers.get("content-type", "")
        self._record(False, f"HTTP {response.status_code} {told} {len(response.content)} bytes\n".encode())
        refusal = _refusal(response)
        if refusal is not None:
            if refusal.reason is Reason.DENIED:
                self.close()  # the password may have been changed: it is read anew
            raise refusal
        return Answer(told.partition(";")[0].strip().lower(), response.content)

    def _open(self) -> httpx.Client:
        options = self._options
        auth: httpx.Auth | None = None
        if options.user:
            password = secret(Path(options.password_file))
            auth = (httpx.DigestAuth if options.login is Login.DIGEST else httpx.BasicAuth)(options.user, password)
        context = ssl.create_default_context()
        if options.fingerprint is not None:  # the pin says more than any authority
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        pool = httpcore.ConnectionPool(ssl_context=context, max_connections=1, network_backend=_Backend(self._limits))
        headers = {"User-Agent": "CityOps-Desktop", "Accept": "*/*", "Accept-Encoding": "identity"}
        return httpx.Client(transport=_Transport(pool), auth=auth, headers=headers, follow_redirects=False, trust_env=False)

    def _count(self, no: NoAnswer) -> None:
        self._counters.timeouts += no.reason is Reason.NO_ANSWER
        self._counters.bad_replies += no.reason is Reason.BAD_REPLY and not no.answered
        self._record(False, f"{no}\n".encode())
        if no.reason is not Reason.DENIED:
            self.close()


def _refusal(response: httpx.Response) -> NoAnswer | None:
    """What an answer that is no success means."""
    status = response.status_code
    if status in (401, 403, 407):
        return NoAnswer(Reason.DENIED, f"HTTP {status}", answered=True)
    if 300 <= status < 400:
        elsewhere = urlsplit(response.headers.get("location", "")).netloc
        return NoAnswer(Reason.BAD_REPLY, f"HTTP {status} {elsewhere[:80]}".strip(), answered=True)
    if status != 200:
        return NoAnswer(Reason.EXCEPTION, f"HTTP {status}", answered=True)
    return None


def _why_not(error: Exception) -> NoAnswer | None:
    """What went wrong in an exchange; None when it is our own fault."""
    causes = list(_causes(error))
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in causes):
        return NoAnswer(Reason.CERTIFICATE, str(error)[:120])
    if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
        refused = any(isinstance(one, OSError) and one.errno == errno.ECONNREFUSED for one in causes)
        return NoAnswer(Reason.CONNECTION_REFUSED if refused else Reason.UNREACHABLE, str(error)[:120])
    if isinstance(error, httpcore.TimeoutException):
        return NoAnswer(Reason.NO_ANSWER)
    if isinstance(error, httpcore.NetworkError):
        return NoAnswer(Reason.CONNECTION_LOST, str(error)[:120])
    if isinstance(error, httpcore.RemoteProtocolError | httpx.HTTPError | httpx.InvalidURL | KeyError | NotImplementedError):
        # the two last: a way to log in that nobody knows
        return NoAnswer(Reason.BAD_REPLY, f"{type(error).__name__}: {error}"[:120])
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


class _Limits:
    """What every connection of a server is held to: the end of the time for one question, and the certificate."""

    def __init__(self, clock: Clock, fingerprint: str | None) -> None:
        self._clock = clock
        self._end = 0.0
        self._fingerprint = fingerprint.replace(":", "").lower() if fingerprint is not None else None

    def begin(self, seconds: float) -> None:
        self._end = self._clock.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left; ReadTimeout when there are none."""
        left = self._end - self._clock.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left

    def look(self, stream: httpcore.NetworkStream) -> None:
        """Is it the certificate that was pinned? Before a byte was sent inside; NoAnswer."""
        if self._fingerprint is None:
            return
        shown = hashlib.sha256(stream.get_extra_info("socket").getpeercert(True)).hexdigest()
        if shown != self._fingerprint:
            stream.close()
            raise NoAnswer(Reason.CERTIFICATE, shown)


class _Backend(httpcore.NetworkBackend):
    """Opens connections whose every byte comes within the limits."""

    def __init__(self, limits: _Limits) -> None:
        self._limits = limits
        self._inner = httpcore.SyncBackend()

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *rest: Any, **more: Any) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_tcp(host, port, min(CONNECTING, self._limits.left()), *rest, **more), self._limits)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, limits: _Limits) -> None:
        self._inner = inner
        self._limits = limits

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._limits.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._limits.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None) -> "_Stream":
        stream = self._inner.start_tls(ssl_context, server_hostname, self._limits.left())
        self._limits.look(stream)
        return _Stream(stream, self._limits)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Transport(httpx.BaseTransport):
    """Carries requests over the pool; an answer that is packed or too long is cut off before it can grow."""

    def __init__(self, pool: httpcore.ConnectionPool) -> None:
        self._pool = pool

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url, content = request.url, request.stream
        assert isinstance(content, httpx.SyncByteStream)
        raw = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        answer = self._pool.handle_request(httpcore.Request(request.method, raw, headers=request.headers.raw, content=content))
        headers = httpx.Headers(answer.headers)
        packed = headers.get("content-encoding", "identity").strip().lower()
        if packed not in ("", "identity") or _length(headers) > MOST_BYTES:
            answer.close()
            raise NoAnswer(Reason.BAD_REPLY, packed if packed != "identity" else f"> {MOST_BYTES} bytes", answered=True)
        assert isinstance(answer.stream, Iterable)
        return httpx.Response(answer.status, headers=headers, stream=_Body(answer.stream, answer))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, parts: Iterable[bytes], answer: httpcore.Response) -> None:
        self._parts = parts
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        count = 0
        for part in self._parts:
            count += len(part)
            if count > MOST_BYTES:
                raise NoAnswer(Reason.BAD_REPLY, f"> {MOST_BYTES} bytes", answered=True)
            yield part

    def close(self) -> None:
        self._answer.close()


def _length(headers: httpx.Headers) -> int:
    text = headers.get("content-length", "0")
    return int(text) if text.isdecimal() and len(text) < 20 else 0
