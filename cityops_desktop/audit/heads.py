"""Heads: the hash of the newest row at a moment, signed by the station. Written into the log, printed on sheets, kept elsewhere.

What is signed is a text that a person can read; whoever has kept one can prove later that no row up to it was changed.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from cityops_desktop.audit.keys import Key, fingerprint
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.store import changes
from cityops_desktop.store.schema import change
from cityops_desktop.texts import N_

KIND = "audit.head"
SUBJECT = "audit"
FEWEST_DIGITS = 16
"""Of a hash that was typed from a sheet: 64 bits cannot be found again by trying within any budget that matters here."""
_SHORT = re.compile(r"\s*(\d{1,15})\s*:\s*([0-9a-fA-F][0-9a-fA-F\s]*)")
_LINE = re.compile(r"(?m)^\s*(station|seq|hash|time|key|signature) (\S.*?)\s*$")
_MOST_FILE = 100_000


@dataclass(frozen=True, slots=True)
class Head:
    """`hash` in hex, `time` UTC ms, `key` the fingerprint of the key that signed, `signature` in hex."""

    station: str
    seq: int
    hash: str
    time: int
    key: str
    signature: str

    @property
    def text(self) -> str:
        """What is signed."""
        return text(self.station, self.seq, self.hash, self.time)

    @property
    def body(self) -> dict[str, object]:
        """What stands in the change row."""
        return {name: getattr(self, name) for name in ("station", "seq", "hash", "time", "key", "signature")}


@dataclass(frozen=True, slots=True)
class Outside:
    """A head that was kept elsewhere: `hash` may be its first 16 or more digits; `signature` and `text` only when it was kept whole."""

    seq: int
    hash: str
    text: str = ""
    signature: str = ""
    key: str = ""


def text(station: str, seq: int, hash: str, time: int) -> str:
    """The text of a head; a domain has no line breaks."""
    return f"cityops-head 1\nstation {station}\nseq {seq}\nhash {hash}\ntime {iso(time)}\n"


def iso(ms: int) -> str:
    """UTC ms as ISO 8601."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def sign(conn: Connection, key: Key, station: str, time: int) -> Head | None:
    """Sign the newest row, as a row of its own; None when nothing has happened since the last head (or ever)."""
    last = conn.execute(select(change.c.seq, change.c.hash, change.c.kind).order_by(change.c.seq.desc()).limit(1)).first()
    if last is None or last.kind == KIND:
        return None
    digits = last.hash.hex()
    head = Head(station, last.seq, digits, time, fingerprint(key.public), key.sign(text(station, last.seq, digits, time)))
    changes.append(conn, kind=KIND, subject=SUBJECT, actor="station", time=time, body=head.body)
    return head


def newest(conn: Connection) -> Head | None:
    """The last head that was signed; None when there is none."""
    body = conn.execute(select(change.c.body).where(change.c.kind == KIND).order_by(change.c.seq.desc()).limit(1)).scalar()
    return None if body is None else of_body(body)


def of_body(body: str) -> Head | None:
    """A head as its change row says it; None for a text that is no head."""
    try:
        told = json.loads(body)
        return Head(str(told["station"]), int(told["seq"]), str(told["hash"]), int(told["time"]), str(told["key"]), str(told["signature"]))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def outside(given: str) -> Outside:
    """A head from outside: a file, the text of one, the JSON of `audit head`, or SEQ:HASH as it stands on a sheet. OperatorError."""
    told = _of_file(given)
    short = _SHORT.fullmatch(told)
    if short is not None:
        return _checked(given, {"seq": short[1], "hash": short[2]})
    try:
        found: Any = json.loads(told)
    except (ValueError, RecursionError):
        found = dict(_LINE.findall(told))
    return _checked(given, found if isinstance(found, dict) else {})


def _of_file(given: str) -> str:
    try:
        path = Path(given)
        if not path.is_file():
            return given
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_MOST_FILE)
    except (OSError, ValueError):  # a text is not a name of a file
        return given


def _checked(given: str, told: Mapping[str, Any]) -> Outside:
    try:
        seq, digits = int(told["seq"]), re.sub(r"\s", "", str(told["hash"])).lower()
        if seq < 1 or not re.fullmatch(rf"[0-9a-f]{{{FEWEST_DIGITS},64}}", digits):
            raise ValueError
        station, time, signature = told.get("station"), told.get("time"), str(told.get("signature") or "")
        if not (station and time and signature and len(digits) == 64):
            return Outside(seq, digits)
        moment = iso(time) if isinstance(time, int) else str(time)
        signed = f"cityops-head 1\nstation {station}\nseq {seq}\nhash {digits}\ntime {moment}\n"
        return Outside(seq, digits, signed, re.sub(r"\s", "", signature), str(told.get("key") or ""))
    except (ValueError, KeyError, TypeError, OverflowError, OSError) as error:
        raise OperatorError(
            Problem(
                what=N_("this is no head of a change log: {given}"),
                do=N_("give the number and at least {digits} digits of the hash as SEQ:HASH, or a file that `audit head` wrote"),
                params={"given": given[:80], "digits": FEWEST_DIGITS},
            ),
            Exit.USAGE,
        ) from error
