"""Frames as lines of text, CSV or JSON, for a terminal or a file, and read back from such a file. Asks no station."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Literal

from pydantic import ValidationError

from cityops_desktop.link.wires import FrameInfo
from cityops_desktop.model.traffic import FrameRole
from cityops_desktop.sentences import wire_text
from cityops_desktop.texts import tr

Form = Literal["text", "csv", "json"]
COLUMNS = ("time", "direction", "unit", "device", "role", "meaning", "checksum", "gap_ms", "response_ms", "bytes", "hex")


class Unreadable(Exception):
    """This is no file of frames; says in which line."""

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(f"line {line}: {detail}")
        self.line = line
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Kept:
    """A frame as a file keeps it: when (UTC ms), sent by us or come, a question or not, its bytes."""

    time: int
    sent: bool
    asked: bool
    data: bytes


def head(form: Form) -> str:
    """The first line, "" when the form has none."""
    return _row(COLUMNS) if form == "csv" else ""


def line(frame: FrameInfo, form: Form, zone: tzinfo = UTC) -> str:
    """A frame as one line without its end."""
    if form == "json":
        return frame.model_dump_json()
    return _csv(frame) if form == "csv" else _text(frame, zone)


def grouped(hex: str) -> str:
    """Hex as people read it: 03 03 00 1C."""
    return bytes.fromhex(hex).hex(" ").upper()


def bytes_text(frame: FrameInfo) -> str:
    """All bytes of a frame, or the first of very many."""
    cut = frame.size - len(frame.hex) // 2
    return grouped(frame.hex) + (" " + tr("… {n} more bytes", n=cut) if cut else "")


def wrong(frame: FrameInfo) -> bool:
    """Is this what somebody who looks for trouble wants to see?"""
    return frame.role in (FrameRole.NOISE, FrameRole.EXCEPTION) or frame.checksum is False or "unasked" in frame.params


def checksum_text(frame: FrameInfo) -> str:
    """The verdict on the checksum; "" where there is none."""
    return "" if frame.checksum is None else tr("right") if frame.checksum else tr("wrong")


def _text(frame: FrameInfo, zone: tzinfo) -> str:
    then = datetime.fromtimestamp(frame.time / 1000, zone)
    way = tr("sent") if frame.sent else tr("received")
    who = frame.device or (tr("unit {unit}", unit=frame.unit) if frame.unit else "")
    times = tr("after {n} ms", n=f"{frame.response_ms:g}") if frame.response_ms is not None else ""
    check = tr("checksum wrong") if frame.checksum is False else ""
    parts = [wire_text(frame.words, frame.params), check, times]
    said = tr(", ").join(one for one in parts if one)
    return f"{then:%H:%M:%S}.{then.microsecond // 1000:03d} {way} {who}: {said}  [{bytes_text(frame)}]"


def _csv(frame: FrameInfo) -> str:
    time = datetime.fromtimestamp(frame.time / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return _row(
        (
            time,
            "sent" if frame.sent else "received",
            frame.unit,
            frame.device,
            frame.role.value,
            wire_text(frame.words, frame.params),
            "" if frame.checksum is None else "right" if frame.checksum else "wrong",
            "" if frame.gap_ms is None else f"{frame.gap_ms:g}",
            "" if frame.response_ms is None else f"{frame.response_ms:g}",
            str(frame.size),
            grouped(frame.hex),
        )
    )


def _row(cells: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def read(text: str) -> list[Kept]:
    """The frames of a CSV file or of JSON lines. Unreadable."""
    text = text.removeprefix("\ufeff")
    first = text.lstrip()[:1]
    return list(_read_json(text) if first == "{" else _read_csv(text))


def _read_json(text: str) -> Iterator[Kept]:
    for number, one in enumerate(text.splitlines(), 1):
        if one.strip():
            try:
                frame = FrameInfo.model_validate_json(one)
                yield Kept(frame.time, frame.sent, frame.role is FrameRole.REQUEST, bytes.fromhex(frame.hex))
            except (ValidationError, ValueError) as error:
                raise Unreadable(number, str(error).splitlines()[0]) from error


def _read_csv(text: str) -> Iterator[Kept]:
    rows = csv.DictReader(io.StringIO(text, newline=None))
    try:
        missing = {"time", "direction", "role", "hex"} - set(rows.fieldnames or ())
        if missing:
            raise Unreadable(1, f"no column {', '.join(sorted(missing))}")
        for row in rows:
            time = round(datetime.fromisoformat(row["time"]).timestamp() * 1000)
            yield Kept(time, row["direction"] == "sent", row["role"] == FrameRole.REQUEST, bytes.fromhex(row["hex"]))
    except (ValueError, TypeError, OverflowError, OSError, csv.Error) as error:
        raise Unreadable(rows.line_num, str(error)) from error
