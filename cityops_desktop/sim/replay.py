"""A recorded device: answers each question that was recorded with the answer that was recorded, on a serial line or a connection.

Knows no protocol but the transaction numbers of Modbus TCP. A question that was never recorded gets no answer.
"""

import os
import select
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from cityops_desktop.link.wire_files import Kept

HEADER = 6
_CHUNK = 4096
_LONGEST = 512
"""Bytes of a question that are waited for."""
_LOOK = 0.2
"""Seconds after which a server that hears nothing looks whether it shall end."""
Unknown = Callable[[bytes], None]
"""Told of bytes that were never asked in the recording."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of an answer, so many seconds after the question. `number` = how its transaction number differed from the question's."""

    after: float
    data: bytes
    number: int = 0


class Replay:
    """What was asked and answered. The same question asked again gets the next of its answers; after the last the first again."""

    def __init__(self, frames: Sequence[Kept]) -> None:
        asked = [one for one in frames if one.asked]
        self.numbered = bool(asked) and all(_whole(one.data) for one in asked)
        self._answers: dict[bytes, list[tuple[Part, ...]]] = {}
        self._turn: dict[bytes, int] = {}
        self._lock = threading.Lock()
        for question, parts in _exchanges(frames, self.numbered):
            self._answers.setdefault(self._key(question), []).append(parts)

    @property
    def questions(self) -> int:
        """How many different ones were recorded."""
        return len(self._answers)

    @property
    def answers(self) -> int:
        """How many of them had an answer."""
        return sum(bool(parts) for recorded in self._answers.values() for parts in recorded)

    def answer(self, question: bytes) -> tuple[Part, ...] | None:
        """What was answered then, as it must be sent now; None = never asked."""
        key = self._key(question)
        with self._lock:
            recorded = self._answers.get(key)
            if recorded is None:
                return None
            turn = self._turn.get(key, 0)
            self._turn[key] = (turn + 1) % len(recorded)
        number = int.from_bytes(question[:2])
        return tuple(_renumbered(part, number) if self.numbered else part for part in recorded[turn])

    def take(self, heard: bytearray) -> Iterator[bytes]:
        """Cut the questions off what was heard; what is none yet stays."""
        if self.numbered:
            while len(heard) >= HEADER and len(heard) >= (size := HEADER + int.from_bytes(heard[4:6])):
                yield bytes(heard[:size])
                del heard[:size]
            return
        for end in range(1, len(heard) + 1):
            found = next((key for key in self._answers if heard[:end].endswith(key)), None)
            if found is not None:
                del heard[:end]
                yield found
                yield from self.take(heard)
                return

    def _key(self, question: bytes) -> bytes:
        return question[2:] if self.numbered else question


def _whole(data: bytes) -> bool:
    """Is this one frame of Modbus TCP?"""
    return len(data) > HEADER and data[2:4] == b"\0\0" and int.from_bytes(data[4:6]) == len(data) - HEADER


def _exchanges(frames: Sequence[Kept], numbered: bool) -> Iterator[tuple[bytes, tuple[Part, ...]]]:
    question: Kept | None = None
    parts: list[Part] = []
    for one in frames:
        if one.asked and not (question is not None and not one.sent and one.data == question.data):
            if question is not None:
                yield question.data, tuple(parts)
            question, parts = one, []
        elif question is not None:
            number = int.from_bytes(one.data[:2]) - int.from_bytes(question.data[:2]) if numbered and _whole(one.data) else 0
            parts.append(Part(max(0.0, (one.time - question.time) / 1000), one.data, number))
    if question is not None:
        yield question.data, tuple(parts)


def _renumbered(part: Part, number: int) -> Part:
    """With the transaction number that this question has; a wrong one stays as wrong as it was."""
    if not _whole(part.data):
        return part
    return Part(part.after, ((number + part.number) % 0x10000).to_bytes(2) + part.data[2:], part.number)


# serving


class End(Protocol):
    """One end of a wire."""

    def read(self) -> bytes | None:
        """What has come; b"" = nothing within a moment, None = the other end has gone."""
        ...

    def write(self, data: bytes) -> None:
        """Send all of it."""
        ...


class Descriptor:
    """A terminal by its number."""

    def __init__(self, number: int) -> None:
        self._number = number

    def read(self) -> bytes | None:
        """See End; a terminal whose other end is not open now says so by an error, and may be opened again."""
        if not select.select((self._number,), (), (), _LOOK)[0]:
            return b""
        with suppress(OSError):
            return os.read(self._number, _CHUNK)
        select.select((), (), (), _LOOK)
        return b""

    def write(self, data: bytes) -> None:
        """See End."""
        os.write(self._number, data)


class Connection:
    """A connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        connection.settimeout(_LOOK)

    def read(self) -> bytes | None:
        """See End."""
        try:
            return self._connection.recv(_CHUNK) or None
        except TimeoutError:
            return b""
        except OSError:
            return None

    def write(self, data: bytes) -> None:
        """See End."""
        self._connection.sendall(data)


def serve(replay: Replay, end: End, stop: threading.Event, unknown: Unknown) -> None:
    """Answer at this end until it goes or `stop` is set."""
    heard = bytearray()
    while not stop.is_set():
        data = end.read()
        if data is None:
            return
        if not data:
            if heard:
                unknown(bytes(heard))
                heard.clear()
            continue
        heard += data
        for question in replay.take(heard):
            parts = replay.answer(question)
            if parts is None:
                unknown(question)
                continue
            at = 0.0
            for part in parts:
                stop.wait(max(0.0, part.after - at))
                at = part.after
                with suppress(OSError):
                    end.write(part.data)
        del heard[:-_LONGEST]


def serve_connections(replay: Replay, listener: socket.socket, stop: threading.Event, unknown: Unknown) -> None:
    """Answer whoever connects until `stop` is set."""
    listener.settimeout(_LOOK)
    while not stop.is_set():
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        threading.Thread(target=_serve_one, args=(replay, connection, stop, unknown), name="replay", daemon=True).start()


def _serve_one(replay: Replay, connection: socket.socket, stop: threading.Event, unknown: Unknown) -> None:
    with connection:
        serve(replay, Connection(connection), stop, unknown)
