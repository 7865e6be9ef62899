"""A real HTTP server that says what a test tells it to say: streams, refusals, silence, slow answers."""

import contextlib
import json
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pydantic import BaseModel

TOKEN = "t" * 40
END = None


class CannedStation:
    """Every stream that is opened gets `greeting` and then what `send` says."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.greeting: list[tuple[str, BaseModel]] = []
        self.answers: dict[str, tuple[int, BaseModel | bytes]] = {}
        self.requests: list[tuple[str, str, dict[str, str], Any]] = []
        self.streams: list[queue.Queue[bytes | None]] = []
        self.holds: dict[str, threading.Event] = {}
        self.opened = 0
        self.keep_alive = False
        self.server: ThreadingHTTPServer | None = None

    def start(self, token: str = TOKEN) -> None:
        station = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 0.5

            def log_message(self, *args: object) -> None:
                pass

            def refuse(self, status: int, code: str) -> None:
                self.answer(status, json.dumps({"code": code}).encode())

            def answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                if not station.keep_alive:
                    self.send_header("Connection", "close")
                    self.close_connection = True
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            def handle_one(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path = self.path.partition("?")[0]
                station.requests.append((self.command, self.path, dict(self.headers), json.loads(body) if body else None))
                if self.headers.get("Authorization") != f"Bearer {token}":
                    self.refuse(401, "wrong_token")
                elif path == "/api/v1/stream":
                    self.stream()
                else:
                    if path in station.holds:
                        station.holds[path].wait(30)
                    status, said = station.answers.get(path, (404, b""))
                    self.answer(status, said if isinstance(said, bytes) else said.model_dump_json().encode())

            do_GET = do_POST = do_PUT = do_DELETE = handle_one

            def stream(self) -> None:
                mine: queue.Queue[bytes | None] = queue.Queue()
                for event, message in station.greeting:
                    mine.put(event_bytes(event, message))
                station.streams.append(mine)
                station.opened += 1
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                self.close_connection = True
                while (chunk := mine.get()) is not END:
                    try:
                        self.wfile.write(chunk)
                        self.wfile.flush()
                    except OSError:
                        return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = False
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()
        (self.data / "token").write_text(TOKEN)
        self.publish()

    def publish(self) -> None:
        assert self.server is not None
        told = {"url": f"http://127.0.0.1:{self.server.server_port}", "pid": 1, "boot": "boot-1"}
        (self.data / "station.json").write_text(json.dumps(told))

    def send(self, event: str, message: BaseModel) -> None:
        for stream in self.streams:
            stream.put(event_bytes(event, message))

    def send_raw(self, chunk: bytes) -> None:
        for stream in self.streams:
            stream.put(chunk)

    def hold(self, path: str) -> threading.Event:
        """Answer this path only after the event has been set."""
        self.holds[path] = threading.Event()
        return self.holds[path]

    def drop(self) -> None:
        """End all streams."""
        for stream in self.streams:
            stream.put(END)
        self.streams.clear()

    def stop(self) -> None:
        for held in self.holds.values():
            held.set()
        self.drop()
        if self.server is not None:
            self.server.shutdown()
            self.thread.join(30)
            self.drop()
            self.server.server_close()


def event_bytes(event: str, message: BaseModel) -> bytes:
    return f"event: {event}\ndata: {message.model_dump_json()}\n\n".encode()
