"""Verification of the whole log: chain, signatures, what the tables hold, heads from outside. Reads one snapshot and writes nothing.

Memory stays flat however long the log is: rows are read one by one, and of the tables one row at a time.
"""

import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from cityops_desktop.audit import comparing, heads, keys, papers, reading
from cityops_desktop.audit.chain import Chain, Row
from cityops_desktop.audit.heads import Outside
from cityops_desktop.audit.report import Anchor, Finding, KeyChange, Report
from cityops_desktop.clock import Clock
from cityops_desktop.store import changes

ANCHORED = "audit.anchored"
GUARDS = ("change_no_DELETE", "change_no_REPLACE", "change_no_UPDATE")
"""The triggers of the file that refuse to change, delete or replace a row of the log."""
MOST_ANCHORS = 100
"""Newest anchors that are listed."""
_COLUMNS = ", ".join((*changes.HASHED, "prev", "hash"))


def verify(data: Path, clock: Clock, outside: Iterable[Outside] = ()) -> Report:
    """Look at everything in this data directory (or records.db). OperatorError when the file cannot be opened at all."""
    report, begun = Report(clock.wall()), time.perf_counter()
    with reading.snapshot(data) as conn:
        _Verification(conn, report, keys.published(data) if data.is_dir() else None).run(sorted(outside, key=lambda head: head.seq))
    report.seconds = round(time.perf_counter() - begun, 3)
    return report


class _Verification:
    """One look at one snapshot."""

    def __init__(self, conn: Any, report: Report, public: bytes | None) -> None:
        self._conn = conn
        self._report = report
        self._public = public
        self._known: dict[str, bytes] = {}
        self._newest_key: str | None = None
        self._failed: Finding | None = None
        self._last_seq = 0

    def run(self, outside: Sequence[Outside]) -> None:
        """Every part, even when one before it found something."""
        for part in (self._file, self._guards, self._rows, self._compare, self._papers, self._own_key):
            try:
                part()
            except reading.DAMAGE as error:
                self._report.found(Finding("file_damaged", detail=str(error)))
        try:
            self._outside(outside)
        except reading.DAMAGE as error:
            self._report.found(Finding("file_damaged", detail=str(error)))

    def _file(self) -> None:
        for (answer,) in self._conn.execute("PRAGMA integrity_check(20)"):
            if answer != "ok":
                self._report.found(Finding("file_damaged", detail=str(answer)))

    def _guards(self) -> None:
        held = self._conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'change'").fetchall()
        sound = {str(name) for name, sql in held if "RAISE(ABORT" in str(sql)}
        missing = [name for name in GUARDS if name not in sound]
        if missing:
            self._report.found(Finding("guards_missing", detail=", ".join(missing)))

    def _rows(self) -> None:
        chain = Chain(self._report.found)
        try:
            for values in self._conn.execute(f"SELECT {_COLUMNS} FROM change ORDER BY seq"):
                row = Row(*values)
                chain.feed(row)
                self._report.rows += 1
                self._last_seq = row.seq
                if isinstance(row.kind, str) and row.kind.startswith("audit."):
                    self._own(row)
        finally:
            chain.close()
            self._end_span()

    def _own(self, row: Row) -> None:
        """A row that the audit itself wrote."""
        if row.kind == keys.KIND:
            self._key(row)
        elif row.kind == heads.KIND:
            self._head(row)
        elif row.kind == ANCHORED:
            self._anchor(row)

    def _key(self, row: Row) -> None:
        told = _object(row.body)
        try:
            public = bytes.fromhex(str(told["public"]))
        except (KeyError, ValueError):
            return self._report.found(Finding("key_unknown", row.seq, row.seq, detail=str(told.get("key", ""))))
        own, before = keys.fingerprint(public), self._newest_key
        self._known[own] = public
        self._newest_key = own
        self._report.keys.append(KeyChange(row.seq, own, before, str(told.get("why", ""))))

    def _head(self, row: Row) -> None:
        head = heads.of_body(str(row.body))
        if head is None or head.key not in self._known:
            return self._fails("key_unknown" if head else "signature_wrong", row.seq)
        if not keys.signed(self._known[head.key], head.text, head.signature):
            return self._fails("signature_wrong", head.seq)
        if not head.seq < row.seq or self._hash(head.seq) != head.hash:
            return self._fails("head_differs", head.seq)
        self._end_span()
        self._report.signed, self._report.head = head.seq, head

    def _fails(self, code: str, seq: int) -> None:
        """The span between the last head that holds and the first that does not; further ones say no more."""
        if self._failed is None:
            self._failed = Finding(code, self._report.signed + 1, max(seq, self._report.signed + 1))

    def _end_span(self) -> None:
        if self._failed is not None:
            self._report.found(self._failed)
        self._failed = None

    def _anchor(self, row: Row) -> None:
        told = _object(row.body)
        seq, digits = told.get("seq"), str(told.get("hash"))
        if not isinstance(seq, int) or seq >= row.seq or self._hash(seq) != digits:
            return self._report.found(Finding("anchor_differs", row.seq, row.seq, detail=f"{seq}:{digits[: heads.FEWEST_DIGITS]}"))
        when = row.time if isinstance(row.time, int) else 0
        self._report.anchors = [*self._report.anchors, Anchor(seq, digits, when, str(told.get("medium")), str(row.actor))][-MOST_ANCHORS:]
        self._report.anchored = max(self._report.anchored, seq)

    def _compare(self) -> None:
        comparing.counts(self._conn, self._report.found)
        comparing.compare(self._conn, self._report.found)

    def _papers(self) -> None:
        """Each paper is what a key of this log signed."""
        rows = self._conn.execute("SELECT id, text, hash, public, signature FROM handover_paper ORDER BY id")
        for id, *told in rows:
            paper = papers.Paper(*map(str, told))
            what = papers.wrong(paper) or ("" if papers.key_of(paper) in self._known else "unknown_key")
            if what:
                self._report.found(Finding("paper_altered", subject=f"handover_paper:{id}", detail=what))

    def _own_key(self) -> None:
        """The published key is the one that the log knows; there is none beside a copy."""
        if self._public is not None and self._newest_key is not None and keys.fingerprint(self._public) != self._newest_key:
            self._report.found(Finding("key_unknown", detail=keys.fingerprint(self._public)))

    def _outside(self, outside: Sequence[Outside]) -> None:
        """What nobody on this machine can change. Between the last one that holds and the first that does not lies what was done."""
        held = 0
        for head in outside:
            self._report.outside += 1
            if head.signature and not self._genuine(head):
                self._report.found(Finding("outside_wrong", head.seq, head.seq))
            if head.seq > self._last_seq:
                self._report.found(Finding("ends_early", self._last_seq + 1, head.seq))
            elif not (self._hash(head.seq) or "").startswith(head.hash):
                self._report.found(Finding("outside_differs", held + 1, head.seq))
            else:
                held = head.seq
        self._report.anchored = max(self._report.anchored, held)

    def _genuine(self, head: Outside) -> bool:
        """Signed by a key of this log."""
        known = [self._known[head.key]] if head.key in self._known else self._known.values()
        return any(keys.signed(public, head.text, head.signature) for public in known)

    def _hash(self, seq: int) -> str | None:
        if not 0 < seq < 2**63:
            return None
        found = self._conn.execute("SELECT hash FROM change WHERE seq = ?", (seq,)).fetchone()
        return found[0].hex() if found is not None and isinstance(found[0], bytes) else None


def _object(body: object) -> dict[str, Any]:
    try:
        found = json.loads(str(body))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
