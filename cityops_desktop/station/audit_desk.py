"""Questions of people about the change log, and its export. Who may ask is checked for each; every refusal is recorded.

Used from the station's event loop; the store is read in worker threads.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

from sqlalchemy import Connection

from cityops_desktop.audit import export, heads, query
from cityops_desktop.audit.export import Form
from cityops_desktop.audit.query import Entry, Question
from cityops_desktop.link.audit import AuditPage, ChangeInfo, HeadInfo
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people.people import People
from cityops_desktop.station.asking import look_up_here, may_ask
from cityops_desktop.station.auditor import Auditor
from cityops_desktop.station.info import head_info
from cityops_desktop.station.refusals import Refusals
from cityops_desktop.store import changes
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreBusy, StoreError


class StationAudit:
    """Implements cityops_desktop.link.audit_api.AuditDesk."""

    def __init__(self, store: Store, people: People, refusals: Refusals, auditor: Auditor) -> None:
        self._store = store
        self._people = people
        self._refusals = refusals
        self._auditor = auditor

    async def page(self, question: Question, credentials: Credentials) -> AuditPage:
        """Rows of the log, newest first, with the newest verification."""
        await may_ask(self._people, self._refusals, "audit.read", credentials)
        unasked = question == Question(before=question.before, limit=question.limit)

        def read(conn: Connection) -> tuple[list[Entry], bool, dict[str, str], int | None]:
            entries, more = query.ask(conn, question)
            return entries, more, query.displays(conn), query.newest(conn) if unasked else None

        entries, more, known, total = await asyncio.to_thread(self._read, read)
        rows = [change_info(entry, known) for entry in entries]
        now = self._people.clock.wall()
        return AuditPage(now=now, rows=rows, more=more, total=total, report=self._auditor.report, people=known)

    async def head(self, credentials: Credentials) -> HeadInfo:
        """The head of now, signed for the occasion if anything is new."""
        await may_ask(self._people, self._refusals, "audit.read", credentials)
        head = await self._signed()
        if head is None:
            raise Refused("no_such_head")
        return head_info(head)

    async def export(self, start: int | None, end: int | None, form: Form, credentials: Credentials) -> AsyncIterator[str]:
        """All rows of a time, oldest first; that they were taken is recorded, and the rows are signed first."""
        who = await may_ask(self._people, self._refusals, "audit.export", credentials)
        await self._signed()
        upto = await self._exported(who, {"from": start, "to": end, "format": form})
        rows = export.portions(partial(self._read), upto, start, end)
        return _from_thread(export.texts(rows, form))

    async def _signed(self) -> heads.Head | None:
        try:
            head = await self._auditor.sign()
        except StoreBusy as error:
            raise Refused("busy") from error
        except StoreError as error:
            raise Refused("not_recorded") from error
        return head or await asyncio.to_thread(self._read, heads.newest)

    async def _exported(self, who: Who, asked: dict[str, object]) -> int:
        def keep(conn: Connection) -> int:
            body = {**asked, "console": who.console}
            return changes.append(conn, kind="audit.exported", subject=heads.SUBJECT, actor=who.person.id, time=who.time, body=body)

        return await asyncio.to_thread(self._people.write, keep)

    def _read(self, ask: Callable[[Connection], Any]) -> Any:
        return look_up_here(self._store, ask, query.MOST_SECONDS)


def change_info(entry: Entry, known: dict[str, str]) -> ChangeInfo:
    """A row as it travels; `known`: full names by account id."""
    row = entry.row
    return ChangeInfo(
        seq=row["seq"],
        id=row["id"],
        kind=row["kind"],
        subject=row["subject"],
        rev=row["rev"],
        actor=row["actor"],
        actor_name=query.actor_name(row["actor"], known),
        time=row["time"],
        origin=row["origin"],
        body=entry.body,
        before=entry.before,
        hash=row["hash"].hex(),
    )


async def _from_thread(texts: Iterator[str]) -> AsyncIterator[str]:
    """Each portion is read and put into words in a worker thread."""
    while (portion := await asyncio.to_thread(next, texts, None)) is not None:
        yield portion
