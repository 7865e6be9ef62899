"""The table of what each device was found to refuse, and to answer though others of its model refuse it. Rows only; decides nothing."""

import json
import logging
from dataclasses import dataclass

from sqlalchemy import Connection, select

from cityops_desktop.store import changes, record
from cityops_desktop.store.schema import learned

log = logging.getLogger(__name__)
KIND = "device.learned"


@dataclass(frozen=True, slots=True)
class Taught:
    """What a device with this profile taught, in the words of its driver."""

    device: str
    profile: str
    missing: frozenset[str] = frozenset()
    answering: frozenset[str] = frozenset()


def read(conn: Connection) -> list[Taught]:
    """All rows. One that makes no sense is left out: it would be learned again."""
    found: list[Taught] = []
    for row in conn.execute(select(learned)).mappings():
        try:
            found.append(Taught(row["id"], row["profile"], _words(row["missing"]), _words(row["answering"])))
        except ValueError as error:
            log.warning("what was learned of %s is left out: %s", row["id"], error)
    return found


def put(conn: Connection, taught: Taught, time: int) -> None:
    """Keep it, with its change row."""
    row = {
        "id": taught.device,
        "profile": taught.profile,
        "missing": changes.canonical(sorted(taught.missing)),
        "answering": changes.canonical(sorted(taught.answering)),
        "time": time,
    }
    record.put(conn, learned, row, kind=KIND, actor="station", time=time)


def _words(text: str) -> frozenset[str]:
    words = json.loads(text)
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ValueError("its words make no sense")
    return frozenset(words)
