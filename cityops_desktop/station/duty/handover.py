"""Handovers as the station keeps them: what is under way, which one is late, the answers to consoles; and the stock that is counted at one.

Acts are in station/acts/handover.py and stock.py, what a sheet says in handoversheet.py. Used from the station's event loop.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from fastapi import APIRouter
from sqlalchemy import Connection

from cityops_desktop.alarms.standing import Standing as StandingAlarm
from cityops_desktop.audit.papers import Paper, file_of, wrong
from cityops_desktop.duty import handover as rules
from cityops_desktop.duty import stock as stocks
from cityops_desktop.duty.handover import AHEAD_MS, LAST_PATROL_MS, MINUTE_MS, Turn
from cityops_desktop.duty.stock import Holding, Sort
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.handover import (
    DraftSheet,
    FrozenSheet,
    HandoverDetail,
    HandoverInfo,
    HandoverList,
    HandoversPage,
    ItemInfo,
    MoveInfo,
    PaperInfo,
    SheetPerson,
    SignedHandover,
    SinceInfo,
    StockInfo,
    StockPage,
)
from cityops_desktop.link.duty.handover_api import handover_router
from cityops_desktop.link.duty.now import DutyInfo, HandoverBrief, OnDuty
from cityops_desktop.link.duty.sheet import SheetSection
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.people import Who
from cityops_desktop.model.points import Level
from cityops_desktop.model.refused import Refused
from cityops_desktop.station.acts.act import Acts, Witnessed
from cityops_desktop.station.acts.handover import SHEET_SECONDS, HandoverActs, Standing
from cityops_desktop.station.acts.stock import StockActs
from cityops_desktop.station.asking import look_up
from cityops_desktop.station.duty.part import DutyAround, Part, Span
from cityops_desktop.store.duty import handover as store
from cityops_desktop.store.duty import stock

KEY = "station#handover"
SINCE_MOST_MS = 31 * 24 * 60 * MINUTE_MS
"""Whoever was away for longer reads reports."""
UNSIGNED_HOURS = 12
"""So far "since my last shift" looks back for somebody who never signed a handover."""
READ = "duty.read"


class Roster(Protocol):
    """What of the roster is used here (station/duty/roster.py)."""

    def turn(self, wall: int) -> Any:
        """The turn of the crew that runs then (name, begin, end); None = there is none."""
        ...

    def crew(self, turn: Any) -> Sequence[OnDuty]:
        """Whose turn that is by the plan."""
        ...

    def on_duty(self, wall: int) -> Sequence[OnDuty]:
        """Who has the room now, and since when."""
        ...


class Facts(NamedTuple):
    """The handover under way, the newest that both signed (UTC ms), since when the station is used."""

    current: Mapping[str, Any] | None
    accepted: int | None
    begun: int


class Handover(Part[Facts]):
    """Implements cityops_desktop.link.duty.handover_api.HandoverDesk. `sheet` is what all areas tell (care.sheet)."""

    causes = frozenset({Cause.HANDOVER_LATE})

    def __init__(self, around: DutyAround, roster: Roster, sheet: Callable[[Connection, Span], list[SheetSection]]) -> None:
        super().__init__(around)
        self.known = Facts(None, None, 0)
        self._roster, self._sheet = roster, sheet
        self._acts = HandoverActs(around, self.standing_now, sheet, self.carried)
        self._stock = StockActs(self.carried)

    def routers(self) -> Sequence[APIRouter]:
        """See Part."""
        return (handover_router(self),)

    def acts(self) -> Acts:
        """See Part."""
        return {**self._acts.acts(), **self._stock.acts()}

    def witnessed(self) -> Mapping[str, Witnessed]:
        """See Part."""
        return self._acts.witnessed()

    def facts(self, conn: Connection) -> Facts:
        """See Part."""
        return Facts(store.current(conn), store.newest_accepted(conn), store.begun(conn))

    def standing(self, wall: int) -> Iterable[StandingAlarm]:
        """The turn is over and nobody has taken over."""
        turn, before = self._turns(wall)
        known = self.known
        if turn is None or before is None:
            return
        over = Turn(before.begin, before.end)
        if rules.due_since(over, known.begun, known.accepted, wall, self.around.room().duty.handover) is None:
            return
        at = f"{datetime.fromtimestamp(before.end / 1000, self.around.zone):%m-%d %H:%M}"
        yield StandingAlarm(KEY, Cause.HANDOVER_LATE, Level.MAJOR, " · ".join(filter(None, (before.name, at))))

    def tell(self, info: DutyInfo, wall: int) -> None:
        """See Part."""
        row = self.known.current
        if row is not None:
            info.handover = HandoverBrief(id=row["id"], state=row["state"], frozen=row["frozen"], outgoing=row["actor_name"])

    def holding(self) -> HandoverBrief | None:
        """While it says one, the crew of the turn that ran at `frozen` is on duty: a handover is under way, or the turn is over and the
        crew that had taken over by signature has not handed on."""
        row = self.known.current
        if row is not None:
            inside = max(row["begin"], min(row["frozen"], row["end"] - 1))
            return HandoverBrief(id=row["id"], state=row["state"], frozen=inside, outgoing=row["actor_name"])
        turn, before = self._turns(self.around.clock.wall())
        if turn is None or before is None or not self.around.room().duty.handover:
            return None
        if not rules.held(Turn(before.begin, before.end), self.known.begun, self.known.accepted):
            return None
        return HandoverBrief(id="", state="late", frozen=before.end - 1, outgoing="")

    def sheet(self, conn: Connection, span: Span) -> list[SheetSection]:
        """See Part."""
        return self._acts.telling().sections(conn, span)

    def figures(self, conn: Connection, begin: int, end: int) -> Mapping[str, float | None]:
        """See Part."""
        signed, refused, late = store.figures(conn, begin, end)
        limit = self.around.room().duty.handover * MINUTE_MS
        items = stock.items(conn)
        held = [(one, Holding(one["have"], one["out"])) for one in items]
        return {
            "handovers": float(signed),
            "handovers.refused": float(refused),
            "handovers.late": float(sum(1 for one in late if limit and one >= limit)),
            "handovers.late_minutes": round(sum(late) / len(late) / MINUTE_MS, 1) if late else None,
            "stock.missing": float(sum(1 for one, now in held if stocks.missing(Sort(one["kind"]), one["wanted"], now))),
            "stock.low": float(sum(1 for one, now in held if stocks.low(one["low"], now))),
        }

    # what consoles ask

    async def page(self, credentials: Credentials) -> HandoversPage:
        """What stands."""
        await self.asker(READ, credentials)
        return await look_up(self.around.store, self._page, SHEET_SECONDS)

    async def draft(self, credentials: Credentials) -> DraftSheet:
        """The sheet as it would be frozen now."""
        who = await self.asker(READ, credentials)
        return await look_up(self.around.store, lambda conn: self._draft(conn, who), SHEET_SECONDS)

    async def former(self, before: int | None, credentials: Credentials) -> HandoverList:
        """Those before a time."""

        def ask(conn: Connection) -> HandoverList:
            rows, more = store.former(conn, before)
            return HandoverList(handovers=[HandoverInfo.model_validate(row) for row in rows], more=more)

        return await self.asked(READ, credentials, ask)

    async def detail(self, id: str, credentials: Credentials) -> HandoverDetail:
        """One with its papers."""
        return await self.asked(READ, credentials, lambda conn: _detail(conn, store.get(conn, id)))

    async def file(self, id: str, credentials: Credentials) -> tuple[str, bytes]:
        """Its newest sheet and, once it is signed, both signatures, as one file."""

        def ask(conn: Connection) -> tuple[str, bytes]:
            row = store.get(conn, id)
            wanted = [one for one in store.papers(conn, id) if one["id"] == row["paper"] or one["kind"] == "signed"]
            return f"handover-{row['number']}.json", file_of(map(_paper, wanted))

        return await self.asked(READ, credentials, ask)

    async def stock(self, credentials: Credentials) -> StockPage:
        """What is counted."""
        return await self.asked(READ, credentials, self._stock_page)

    async def since(self, credentials: Credentials) -> SinceInfo:
        """What has happened since the end of this person's last signed turn."""
        who = await self.asker(READ, credentials)
        now = self.around.clock.wall()

        def ask(conn: Connection) -> SinceInfo:
            last = store.last_signed(conn, who.person.id)
            begin = max(last, now - SINCE_MOST_MS) if last is not None else now - UNSIGNED_HOURS * 60 * MINUTE_MS
            sections = self._sheet(conn, Span(begin, now, now + AHEAD_MS))
            return SinceInfo(now=now, since=begin, signed=last is not None, sections=sections)

        return await look_up(self.around.store, ask, SHEET_SECONDS)

    # inside

    def standing_now(self, wall: int) -> Standing:
        """Which turn would be handed on now, and by whom to whom."""
        turn, before = self._turns(wall)
        if turn is None:
            begin = self.known.accepted or max(self.known.begun, wall - UNSIGNED_HOURS * 60 * MINUTE_MS)
            return Standing("", Turn(min(begin, wall - 1), wall), (), ())
        over = Turn(before.begin, before.end) if before is not None else None
        current = self.known.current
        which = rules.handed_on(Turn(turn.begin, turn.end), over, self.known.begun, self.known.accepted)
        if current is not None and over is not None and current["end"] == over.end:
            which = over  # what was offered before the turn ended is still about it
        if over is not None and which == over:
            return Standing(before.name, over, self._crew(before, wall), self._crew(turn, wall))
        following = self._roster.turn(turn.end)
        return Standing(turn.name, which, self._crew(turn, wall), self._crew(following, wall) if following is not None else ())

    def _turns(self, wall: int) -> tuple[Any, Any]:
        """The turn that runs, and the one that ended where it began."""
        turn = self._roster.turn(wall)
        before = self._roster.turn(turn.begin - 1) if turn is not None else None
        return turn, before

    def _crew(self, turn: Any, wall: int) -> list[SheetPerson]:
        """By the plan, and who came without a place in it."""
        known = {one.account: one for one in self._roster.crew(turn)}
        known |= {one.account: one for one in self._roster.on_duty(wall) if one.kind == "crew" and one.begin == turn.begin}
        return [SheetPerson(id=one.account, name=one.name, post=one.post, signed_in=one.signed_in) for one in known.values()]

    def _page(self, conn: Connection) -> HandoversPage:
        now = self.around.clock.wall()
        turn, before = self._turns(now)
        late = None
        accepted, begun = store.newest_accepted(conn), store.begun(conn)
        if before is not None:
            late = rules.due_since(Turn(before.begin, before.end), begun, accepted, now, self.around.room().duty.handover)
        row = store.current(conn)
        standing = self.standing_now(now)
        may = self._acts.starting(conn, standing.crew, now)
        rows, more = store.former(conn, None)
        return HandoversPage(
            now=now,
            turn=standing.name,
            begin=standing.turn.begin if turn is not None else None,
            end=standing.turn.end if turn is not None else None,
            late=late,
            last_patrol=standing.turn.end - LAST_PATROL_MS if turn is not None else None,
            blocked=self._acts.telling().emergencies(conn),
            may=[one for one in standing.crew if may is not None and one.id in may],
            current=_detail(conn, row) if row is not None else None,
            items=[ItemInfo.model_validate(one) for one in store.items(conn)],
            former=[HandoverInfo.model_validate(one) for one in rows if row is None or one["id"] != row["id"]],
            more=more,
        )

    def _draft(self, conn: Connection, who: Who) -> DraftSheet:
        now = self.around.clock.wall()
        outgoing = SheetPerson(id=who.person.id, name=who.person.display)
        return DraftSheet(now=now, sheet=self._acts.frozen(conn, self.standing_now(now), store.current(conn), "", "", outgoing, now))

    def _stock_page(self, conn: Connection) -> StockPage:
        return StockPage(
            now=self.around.clock.wall(),
            items=[_stock_info(row) for row in stock.items(conn)],
            out=[MoveInfo.model_validate(row) for row in stock.out(conn)],
            moves=[MoveInfo.model_validate(row) for row in stock.newest(conn)],
        )


def _detail(conn: Connection, row: Mapping[str, Any]) -> HandoverDetail:
    """With its papers. Refused(sheet_damaged) when the sheet cannot be read as one any more."""
    kept = store.papers(conn, row["id"])
    newest = next((one for one in kept if one["id"] == row["paper"]), None)
    signed = next((one for one in kept if one["kind"] == "signed"), None)
    if newest is None:
        raise Refused("sheet_damaged", number=row["number"])
    sound = newest["hash"] == row["hash"] and not any(wrong(_paper(one)) for one in kept)
    try:
        return HandoverDetail(
            handover=HandoverInfo.model_validate(row),
            sheet=FrozenSheet.model_validate_json(newest["text"]),
            signed=SignedHandover.model_validate_json(signed["text"]) if signed is not None else None,
            papers=[PaperInfo.model_validate(one) for one in kept],
            sound=sound,
        )
    except ValueError as error:
        raise Refused("sheet_damaged", number=row["number"]) from error


def _paper(row: Mapping[str, Any]) -> Paper:
    return Paper(row["text"], row["hash"], row["public"], row["signature"])


def _stock_info(row: Mapping[str, Any]) -> StockInfo:
    now = Holding(row["have"], row["out"])
    gone, low = stocks.missing(Sort(row["kind"]), row["wanted"], now), stocks.low(row["low"], now)
    return StockInfo.model_validate({**row, "sort": row["kind"], "missing": gone, "is_low": low})
