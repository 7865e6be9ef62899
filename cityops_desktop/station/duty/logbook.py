"""The log book as the station keeps it: what is written, what is found in it, what of it is handed over and counted.

One book: a note on trends stands in it as an entry, and an entry with curves is a note on trends as well.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection

from cityops_desktop.duty.logtemplates import Template, filled, templates, told
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.attachments import AttachmentInfo
from cityops_desktop.link.duty.logbook import (
    PAGE,
    ChoiceInfo,
    CloseEntry,
    FieldInfo,
    LogEntryDetail,
    LogEntryInfo,
    LogLink,
    LogPage,
    SnapshotInfo,
    TemplateInfo,
    TemplatesPage,
    ValueInfo,
    WriteEntry,
)
from cityops_desktop.link.duty.logbook_api import log_book_router
from cityops_desktop.link.duty.sheet import Front, Param, SheetRow, SheetSection
from cityops_desktop.link.messages import NamesInfo
from cityops_desktop.link.trends import Figure
from cityops_desktop.model.people import Role, Who
from cityops_desktop.model.points import Names
from cityops_desktop.model.refused import Refused
from cityops_desktop.station.acts.act import Acts, Data, Job
from cityops_desktop.station.acts.trends import IN_THE_BOOK, LONGEST_MS, chosen, png
from cityops_desktop.station.acts.written import not_ahead
from cityops_desktop.station.duty.part import Part, Span
from cityops_desktop.station.figures import figures
from cityops_desktop.store import notes
from cityops_desktop.store.duty import attachments, logbook
from cityops_desktop.texts import N_

Row = Mapping[str, Any]
READ = "duty.read"
MOST_TOLD = 500
"""Entries of a turn that a sheet tells."""
LONGEST_TOLD = 300
"""Signs of an entry on a sheet."""


class LogBook(Part[None]):
    """Implements cityops_desktop.link.duty.logbook_api.LogBookDesk."""

    def routers(self) -> Sequence[APIRouter]:
        """Three routes."""
        return (log_book_router(self),)

    def acts(self) -> Acts:
        """logbook.*"""
        return {"logbook.write": self.write, "logbook.close": self.close_entry}

    def facts(self, conn: Connection) -> None:
        """Nothing hangs on entries each second."""

    def write(self, act: WriteEntry, who: Who) -> Job:
        """An entry; the same one again is done already."""
        not_ahead(act.time, who)
        template = self._template(act.template)
        fields = told(filled(template, act.fields))
        snapshot = self._snapshot(act, template, who)
        links = [(link.target, link.words) for link in act.links]
        ids = list(dict.fromkeys(act.attachments))
        wanted = {"actor": who.person.id, "template": act.template, "time": act.time, "text": act.text, "fields": fields}
        wanted |= {"links": [link.model_dump() for link in act.links], "attachments": ids, "corrects": act.corrects}

        def run(conn: Connection) -> Data:
            known = logbook.find(conn, act.id)
            if known is not None:
                return {"entry": _again(conn, known, wanted, act)}
            handover = act.handover
            if act.corrects:
                handover = _corrected(conn, act.corrects, who) or handover
            attachments.require(conn, ids)
            logbook.write(
                conn,
                who,
                id=act.id,
                text=act.text,
                time=act.time,
                template=act.template,
                title=(template.names.zh, template.names.en),
                fields=fields,
                links=links,
                attachments=ids,
                note=snapshot(conn) if snapshot is not None else "",
                handover=handover,
                corrects=act.corrects,
            )
            return {"entry": act.id}

        return run

    def close_entry(self, act: CloseEntry, who: Who) -> Job:
        """What was to be handed over is settled."""
        return lambda conn: logbook.close(conn, act.entry, act.text, who)

    async def templates(self, credentials: Credentials) -> TemplatesPage:
        """Read anew when a file changed."""
        await self.asker(READ, credentials)
        found = await asyncio.to_thread(templates, self.around.data)
        faulty = [f"{one.where}: {one.what.format(**one.params)}" for one in found.faulty]
        return TemplatesPage(templates=[_template_info(one) for one in found.all], faulty=faulty)

    async def page(
        self,
        question: str,
        begin: int | None,
        end: int | None,
        person: str,
        template: str,
        link: str,
        open: bool,
        before: int | None,
        credentials: Credentials,
    ) -> LogPage:
        """Entries, newest first."""
        asked = logbook.Asked(question, begin, end, person, template, link, open, before)
        now = self.around.clock.wall()

        def read(conn: Connection) -> LogPage:
            rows = logbook.page(conn, asked, PAGE + 1)
            shown = rows[:PAGE]
            last = shown[-1]["place"] if len(rows) > PAGE else None
            return LogPage(now=now, entries=_infos(conn, shown), next=last, open=len(logbook.open_items(conn)))

        return await self.asked(READ, credentials, read)

    async def detail(self, id: str, credentials: Credentials) -> LogEntryDetail:
        """An entry and its curves."""

        def read(conn: Connection) -> tuple[LogEntryInfo, notes.Note | None]:
            row = logbook.get(conn, id)
            return _infos(conn, [row])[0], notes.get(conn, row["note"]) if row["note"] else None

        entry, note = await self.asked(READ, credentials, read)
        if note is None:
            return LogEntryDetail(entry=entry)
        device_of = {point.key: point.device for point in self.around.info().points}
        devices = {device_of.get(key, key.rpartition(".")[0]) for key in note.keys}
        if await self.around.access.withheld(devices, "history", credentials):
            return LogEntryDetail(entry=entry, withheld=True)
        told = [Figure.model_validate(figure) for figure in note.figures]
        trend = SnapshotInfo(note=note.id, begins=note.begins, ends=note.ends, figures=told, picture=note.picture)
        return LogEntryDetail(entry=entry, trend=trend)

    def sheet(self, conn: Connection, span: Span) -> list[SheetSection]:
        """What waits to be closed, what was closed in the turn, what was written in it."""
        waiting = [_told(row, "abnormal" if row["written"] < span.begin else "changed") for row in logbook.open_items(conn)]
        waiting += [_settled(row) for row in logbook.closed(conn, span.begin, span.end, MOST_TOLD)]
        entries = logbook.turn(conn, span.begin, span.end, MOST_TOLD)
        corrected = logbook.corrections(conn, [row["id"] for row in entries])
        written = [_told(row, "") for row in entries if row["id"] not in corrected]
        return [
            SheetSection(id="log", title=N_("Open items of the log book"), rows=waiting),
            SheetSection(id="log_entries", title=N_("Log book of the turn"), rows=written),
        ]

    def figures(self, conn: Connection, begin: int, end: int) -> Mapping[str, float | None]:
        """Entries, items for handover, corrections; items that were open at the end."""
        entries, handover, corrections = logbook.counts(conn, begin, end)
        waiting = logbook.open_at(conn, end)
        return {"log.entries": entries, "log.handover": handover, "log.corrections": corrections, "log.open": waiting}

    def _template(self, id: str) -> Template:
        if id == logbook.TRENDS:
            zh, en = IN_THE_BOOK
            return Template(id, Names(zh, en), Names("", ""), False, ())
        return templates(self.around.data).get(id)

    def _snapshot(self, act: WriteEntry, template: Template, who: Who) -> Any:
        """A job that keeps the curves of an entry and tells their id; None when it has none. Refused as note.add is.

        Notes are told to every console, the log book to persons only: the note has the sort of the entry, and not its text.
        """
        trend = act.trend
        if trend is None:
            return None
        if not 0 < trend.ends - trend.begins <= LONGEST_MS:
            raise Refused("bad_request", detail="ends must lie after begins, by at most 366 days")
        picture = png(trend.picture)
        points = chosen({point.key: point for point in self.around.info().points}, trend.points)
        found = [figure.model_dump() for figure in figures(self.around.history, points, trend.begins, trend.ends)]
        author = (who.person.id, who.person.display)
        how: dict[str, object] = {"console": who.console}
        said = " / ".join(dict.fromkeys(filter(None, (template.names.zh, template.names.en))))

        def run(conn: Connection) -> str:
            span = {"begins": trend.begins, "ends": trend.ends}
            return notes.add(conn, **span, text=said, figures=found, picture=picture, author=author, time=who.time, act=how)

        return run


def _again(conn: Connection, known: Row, wanted: Row, act: WriteEntry) -> str:
    """The id of an entry that was written before. Refused(log_entry_differs) when it was another. One that corrects an entry which waited
    waits as well, whatever was said of it."""
    handover = known["handover"] == act.handover or bool(known["handover"] and act.corrects)
    same = handover and all(known[name] == value for name, value in wanted.items()) and bool(known["note"]) == (act.trend is not None)
    if same and act.trend is not None:
        note = notes.get(conn, known["note"])
        told = (act.trend.begins, act.trend.ends, list(dict.fromkeys(act.trend.points)))
        same = told == (note.begins, note.ends, note.keys)
    if not same:
        raise Refused("log_entry_differs")
    return act.id


def _corrected(conn: Connection, id: str, who: Who) -> bool:
    """Looks whether this person may correct this entry; does the newer one wait in its place? Refused."""
    old = logbook.get(conn, id)
    if logbook.corrections(conn, [id]):
        raise Refused("log_entry_corrected")
    if old["actor"] != who.person.id and Role.SHIFT_LEADER not in who.person.roles:
        raise Refused("not_your_log_entry")
    return bool(old["handover"] and old["closed"] is None)


def _infos(conn: Connection, rows: Sequence[Row]) -> list[LogEntryInfo]:
    corrected = logbook.corrections(conn, [row["id"] for row in rows])
    withdrawn = logbook.withdrawn(conn, [row["note"] for row in rows if row["note"]])
    files = {head["id"]: AttachmentInfo(**head) for head in attachments.heads(conn, {id for row in rows for id in row["attachments"]})}
    return [_info(row, corrected, withdrawn, files) for row in rows]


def _info(row: Row, corrected: Mapping[str, str], withdrawn: Mapping[str, int], files: Mapping[str, AttachmentInfo]) -> LogEntryInfo:
    alike = ("id", "place", "time", "written", "actor_name", "template", "text", "note", "handover", "corrects")
    return LogEntryInfo(
        **{name: row[name] for name in (*alike, "closed", "closed_name", "closed_text")},
        account=row["actor"],
        names=NamesInfo(**row["title"]),
        fields=[
            ValueInfo(
                id=one["id"],
                names=NamesInfo(zh=one["zh"], en=one["en"]),
                value=NamesInfo(zh=one["value_zh"], en=one["value_en"]),
                unit=one["unit"],
            )
            for one in row["fields"]
        ],
        links=[LogLink(**link) for link in row["links"]],
        attachments=[files[id] for id in row["attachments"] if id in files],
        corrected=corrected.get(row["id"], ""),
        withdrawn=withdrawn.get(row["note"]),
    )


def _template_info(one: Template) -> TemplateInfo:
    fields = [
        FieldInfo(
            id=field.id,
            names=_names(field.names),
            sort=field.sort,
            unit=field.unit,
            required=field.required,
            choices=[ChoiceInfo(id=id, names=_names(names)) for id, names in field.choices.items()],
        )
        for field in one.fields
    ]
    return TemplateInfo(id=one.id, names=_names(one.names), text=_names(one.text), fields=fields, handover=one.handover)


def _names(names: Names) -> NamesInfo:
    return NamesInfo(zh=names.zh, en=names.en)


def _brief(row: Row) -> dict[str, Param]:
    """An entry as one line, its text and then what its fields hold, in both languages."""
    told: dict[str, Param] = {}
    for name, language, mark in (("text", "en", ": "), ("text_zh", "zh", "：")):
        values = (f"{one[language]}{mark}{one[f'value_{language}']}{one['unit']}" for one in row["fields"])
        whole = "; ".join((" ".join(row["text"].split()), *values))
        told[name] = whole if len(whole) <= LONGEST_TOLD else whole[: LONGEST_TOLD - 1] + "…"
    return told


def _told(row: Row, front: Front) -> SheetRow:
    params = _brief(row) | {"sort": row["title"]["en"], "sort_zh": row["title"]["zh"], "name": row["actor_name"]}
    return SheetRow(words=N_("{sort}: {text} ({name})"), params=params, time=row["time"], link=f"log:{row['id']}", front=front)


def _settled(row: Row) -> SheetRow:
    params = _brief(row) | {"how": row["closed_text"], "name": row["closed_name"]}
    words = N_("settled: {text}. {how} ({name})")
    return SheetRow(words=words, params=params, time=row["closed"], link=f"log:{row['id']}", front="changed")
