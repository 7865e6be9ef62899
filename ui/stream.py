"""Server-sent events out of bytes that arrive in any pieces. Knows the format, not what the events mean."""

MAX_EVENT = 64 * 1024 * 1024


class StreamError(Exception):
    """The other side does not send what a station sends."""


class EventParser:
    """Feed it bytes as they come; it gives back whole events as (name, data). Comments, `id` and `retry` are passed over."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._event = ""
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> list[tuple[str, bytes]]:
        """The events that this chunk completes. Lines end with LF or CR LF. StreamError when one grows beyond all measure."""
        self._buffer += chunk
        if len(self._buffer) > MAX_EVENT:
            raise StreamError(f"an event of more than {MAX_EVENT} bytes")
        events: list[tuple[str, bytes]] = []
        start = 0
        while (end := self._buffer.find(b"\n", max(start, self._searched))) >= 0:
            line = bytes(self._buffer[start:end]).removesuffix(b"\r")
            start = end + 1
            if line:
                self._field(line)
            elif self._data:
                events.append((self._event or "message", b"\n".join(self._data)))
                self._event, self._data, self._size = "", [], 0
            else:
                self._event = ""
        del self._buffer[:start]
        self._searched = len(self._buffer)
        return events

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"data":
            self._data.append(value)
            self._size += len(value) + 1
            if self._size > MAX_EVENT:
                raise StreamError(f"an event of more than {MAX_EVENT} bytes")
