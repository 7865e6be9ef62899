"""Whose turn it is, as the station keeps it: the plan with what lies over it, who has signed in, what that means for alarms and rights.

Without a plan the room file's `shifts` say when turns change, and nobody is known but who signs in. While a handover is under way the
crew of the turn in which it was frozen stays on duty. Used from the station's event loop; the right of whoever is on duty is looked up
from worker threads in a set that is replaced as a whole.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection

from cityops_desktop.alarms.standing import Standing
from cityops_desktop.duty import roster
from cityops_desktop.duty.alertness import Answer, Asked, Watch
from cityops_desktop.duty.roster import CREW, LEADER, Hole, Turn
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.now import DutyInfo, HandoverBrief, OnDuty
from cityops_desktop.link.duty.roster import (
    ChangeInfo,
    HoleInfo,
    PersonInfo,
    PlaceInfo,
    PlanInfo,
    PostInfo,
    RosterPage,
    SignInfo,
    TurnInfo,
)
from cityops_desktop.link.duty.roster_api import roster_router
from cityops_desktop.link.duty.sheet import Front, SheetRow, SheetSection
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.points import Level
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.shifts import shift_at
from cityops_desktop.people import grants
from cityops_desktop.station.acts.act import Acts
from cityops_desktop.station.acts.roster import DAY_MS, RosterActs, passings_of, plan_of
from cityops_desktop.station.asking import look_up
from cityops_desktop.station.duty.part import DutyAround, Part, Span
from cityops_desktop.store import record
from cityops_desktop.store.duty import roster as rows
from cityops_desktop.store.dutyschema import duty_check
from cityops_desktop.texts import N_

MINUTE_MS = 60_000
AHEAD_MS = 31 * DAY_MS
"""So far holes are looked for."""
BACK_MS = 3 * DAY_MS
"""So far back changes and sign-ins are known without asking the store."""
MOST_ASKED_MS = 400 * DAY_MS
KEY = "station#duty:"
"""Then the post, and "nobody" or "unsigned"."""
ALERT_KEY = "station#alertness"
KINDS = (CREW, LEADER)


@dataclass(frozen=True, slots=True)
class Known:
    """The facts: the roster with what lies over it, holes of the next month, who came, accounts (log-in name, full name, enabled)."""

    roster: roster.Roster
    names: Mapping[str, str]
    holes: Sequence[Hole] = ()
    signs: Sequence[Mapping[str, Any]] = ()
    people: Mapping[str, tuple[str, str, bool]] = field(default_factory=dict)


class Roster(Part[Known]):
    """One for a run of the station."""

    causes = frozenset({Cause.DUTY_UNCOVERED, Cause.ALERTNESS_MISSED})
    holding: Callable[[], HandoverBrief | None]
    """The handover under way, if one is; care.py sets it."""

    def __init__(self, around: DutyAround) -> None:
        super().__init__(around)
        self.known = Known(roster.Roster((), (), around.zone), {})
        self.holding = lambda: None
        rules, mono = around.room().duty, around.clock.monotonic()
        self._watch = Watch(rules.alertness, around.zone, mono) if rules.alertness is not None else None
        self._check = ""
        self._seen: dict[str, tuple[int, Known, list[OnDuty]]] = {}
        self._present: frozenset[str] | None = None
        """Who may do what duty staff may; None = everybody with the role."""
        around.people.may_as_duty = self.may_as_duty

    def routers(self) -> Sequence[APIRouter]:
        """The question."""
        return (roster_router(self),)

    def acts(self) -> Acts:
        """By kind."""
        return RosterActs(lambda: self.around.zone, self._running, self._following, self.carried).acts()

    # what others ask

    def turn(self, wall: int) -> Turn | None:
        """The turn of the crew that runs: by the plan, or by the times of the room file; None = neither says one."""
        return self._running(self.known.roster, CREW, wall)

    def next_turn(self, wall: int) -> Turn | None:
        """The one after it."""
        return self._following(self.known.roster, CREW, wall)

    def shift(self, wall: int) -> tuple[int, int] | None:
        """Begin and end (UTC ms) of the turn that runs, for whatever must not outlive it."""
        turn = self.turn(wall)
        return (turn.begin, turn.end) if turn is not None else None

    def on_duty(self, wall: int) -> list[OnDuty]:
        """Whom the room can count on now, on every post: whoever has a place, and whoever signed in without one."""
        posts = self.known.roster.posts or ([CREW] if self.turn(wall) is not None else [])
        return [one for post in posts for one in self._on_post(post, wall)]

    def crew(self, turn: Turn) -> list[OnDuty]:
        """Who has a place in this turn of a post, as its begin finds it."""
        return [self._person(turn, account, None) for account in self.known.roster.holders(turn, turn.begin)]

    def logins(self, post: str) -> list[str]:
        """The log-in names of whoever is on duty on a post now, who is here first."""
        here = sorted(self._on_post(post, self.around.clock.wall()), key=lambda one: one.signed_in is None)
        return [self.known.people[one.account][0] for one in here if one.account in self.known.people]

    def may_as_duty(self, account: str) -> bool:
        """May this account do what the role of duty staff may? From any thread. Only a room file that asks for it makes a difference, and
        only where the crew has a plan."""
        return self._present is None or account in self._present

    def used(self, console: str) -> None:
        """Somebody used keys or mouse at a console of this room."""
        if self._watch is None:
            return
        asked = self._watch.asked
        if self._watch.used(self.around.clock.monotonic()) is Answer.ANSWERED and asked is not None:
            self._write_check(asked, self.around.clock.wall(), console)
            self._check = ""

    # facts

    def facts(self, conn: Connection) -> Known:
        """The plan, what lies over it from three days ago to a month ahead, who has come lately."""
        now = self.around.clock.wall()
        people = rows.people(conn)
        whole = self._whole(conn, now - BACK_MS, now + AHEAD_MS, people)
        names = {post: plan.name for row in rows.plans(conn) for plan in [plan_of(row)] for post in [plan.post]}
        return Known(whole, names, whole.holes(now, now + AHEAD_MS), rows.here(conn, now - BACK_MS), people)

    def _whole(self, conn: Connection, begin: int, end: int, people: Mapping[str, tuple[str, str, bool]]) -> roster.Roster:
        plans = [plan_of(row) for row in rows.plans(conn)]
        passings = passings_of(rows.changes(conn, begin - BACK_MS, end + BACK_MS))
        leave = [roster.Passing("", one["account"], "", one["begins"], one["ends"]) for one in grants.absences(conn, begin - BACK_MS)]
        away = [account for account, (_, _, enabled) in people.items() if not enabled]
        return roster.Roster(plans, [*leave, *passings], self.around.zone, away)

    # alarms and what every console is told

    def standing(self, wall: int) -> Iterable[Standing]:
        """Nobody has a post, or nobody has come to the turn of the crew; nobody answered the alertness check."""
        for post in self.known.roster.posts:
            level = Level.MAJOR if post == CREW else Level.MINOR
            name = self.known.names.get(post, post)
            if self._uncovered(post, wall):
                yield Standing(f"{KEY}{post}:nobody", Cause.DUTY_UNCOVERED, level, name)
            elif post == CREW and (turn := self._unsigned(wall)) is not None:
                begin = f"{datetime.fromtimestamp(turn.begin / 1000, self.around.zone):%H:%M}"
                yield Standing(f"{KEY}{post}:unsigned", Cause.DUTY_UNCOVERED, level, f"{name} · {turn.name} {begin}")
        if self._watch is not None and self._watch.missed and self._watch.asked is not None:
            asked = f"{datetime.fromtimestamp(self._watch.asked.asked / 1000, self.around.zone):%H:%M}"
            yield Standing(ALERT_KEY, Cause.ALERTNESS_MISSED, Level.MAJOR, asked)

    def tick(self, wall: int, mono: float) -> None:
        """Who is on duty for the rights; the alertness check."""
        today = datetime.fromtimestamp(wall / 1000, self.around.zone).date()
        bound = self.around.room().duty.only_on_duty and self.known.roster.plan(CREW, today) is not None
        soon = {row["account"] for row in self.known.signs if row["left"] is None and wall < row["end"] + rows.FORGOTTEN_MS}
        self._present = frozenset({one.account for one in self.on_duty(wall)} | soon) if bound else None
        if self._watch is None:
            return
        waits = any(one.unseen and one.hidden is None and one.cause not in self.causes for one in self.around.book.open())
        if self._watch.look(wall, mono, busy=waits) is Answer.MISSED and self._watch.asked is not None:
            self._write_check(self._watch.asked, None, "")

    def tell(self, info: DutyInfo, wall: int) -> None:
        """The turn that runs and who is on duty."""
        turn = self.turn(self._at(wall))
        if turn is not None:
            info.shift, info.begin, info.end = turn.name, turn.begin, turn.end
        info.people = self.on_duty(wall)
        info.uncovered = [self.known.names.get(post, post) for post in self.known.roster.posts if self._uncovered(post, wall)]
        info.alertness = self._watch.asked.until if self._watch is not None and self._watch.asked is not None else None

    def _at(self, wall: int) -> int:
        """The time whose crew has the room: now, or when a handover under way was frozen."""
        held = self.holding()
        return held.frozen if held is not None else wall

    def _uncovered(self, post: str, wall: int) -> bool:
        """Nobody has a place now, or whoever came has left; and nobody else has signed in."""
        return not self._on_post(post, wall) and self.known.roster.wanted(post, wall)

    def _unsigned(self, wall: int) -> Turn | None:
        """The turn of the crew to which nobody has come in time."""
        turn, minutes = self.known.roster.turn(CREW, wall), self.around.room().duty.sign_in
        if turn is None or not minutes or self.holding() is not None or wall < turn.begin + minutes * MINUTE_MS:
            return None
        return None if any(row["begin"] == turn.begin for row in self._signed(CREW)) else turn

    def _signed(self, post: str) -> list[Mapping[str, Any]]:
        return [row for row in self.known.signs if row["post"] == post]

    def _on_post(self, post: str, wall: int) -> list[OnDuty]:
        """Looked up once a second however often it is asked."""
        at = self._at(wall) if post == CREW else wall
        seen = self._seen.get(post)
        if seen is None or seen[0] != at or seen[1] is not self.known:
            seen = self._seen[post] = (at, self.known, self._look_up(post, at))
        return seen[2]

    def _look_up(self, post: str, at: int) -> list[OnDuty]:
        turn = self._running(self.known.roster, post, at)
        signs = self._signed(post)
        here = {row["account"]: row for row in signs if row["left"] is None and row["begin"] <= at < row["end"] + rows.FORGOTTEN_MS}
        of_turn = {account: row for account, row in here.items() if turn is not None and row["begin"] == turn.begin}
        came = of_turn or here
        found = []
        if turn is not None:
            back = {row["account"] for row in signs if row["begin"] == turn.begin and row["left"] is not None} - came.keys()
            holders = self.known.roster.holders(turn, at)
            found = [self._person(turn, one, came.get(one)) for one in holders if one not in back]
        known = {one.account for one in found}
        return found + [self._came(row) for account, row in came.items() if account not in known]

    def _person(self, turn: Turn, account: str, row: Mapping[str, Any] | None) -> OnDuty:
        return OnDuty(
            account=account,
            name=self._name(account),
            post=turn.post,
            kind=_kind(turn.post),
            crew=turn.crew,
            begin=turn.begin,
            end=turn.end,
            signed_in=row["signed"] if row is not None else None,
        )

    def _came(self, row: Mapping[str, Any]) -> OnDuty:
        """Somebody who signed in without a place, or to a turn that is over and has not been relieved."""
        post = row["post"]
        person = {"account": row["account"], "name": row["name"], "begin": row["begin"], "end": row["end"], "signed_in": row["signed"]}
        return OnDuty(post=post, kind=_kind(post), **person)

    def _name(self, account: str) -> str:
        return self.known.people[account][1] if account in self.known.people else account

    def _running(self, whole: roster.Roster, post: str, at: int) -> Turn | None:
        found = whole.turn(post, at)
        if found is not None or post != CREW or whole.begun(CREW, at):
            return found
        shift = shift_at(self.around.room().shifts, self.around.room().timezone, at)
        if shift is None:
            return None
        first = whole.next_turn(CREW, at)
        return Turn(CREW, "", "", shift[0], min(shift[1], first.begin) if first is not None else shift[1])

    def _following(self, whole: roster.Roster, post: str, at: int) -> Turn | None:
        if post in whole.posts or post != CREW:
            return whole.next_turn(post, at)
        now = self._running(whole, post, at)
        return self._running(whole, post, now.end) if now is not None else None

    # alertness

    def _write_check(self, asked: Asked, answered: int | None, console: str) -> None:
        """A check that was answered, or missed; one that was missed and answered later is the same row."""
        self._check = self._check or uuid7(asked.asked)
        row = {"id": self._check, "asked": asked.asked, "until": asked.until, "answered": answered, "console": console}
        now = self.around.clock.wall()
        self.around.store.write_until_done(lambda conn: record.put(conn, duty_check, row, kind="duty.checked", actor="station", time=now))

    # what consoles ask

    async def page(self, begin: int | None, end: int | None, credentials: Credentials) -> RosterPage:
        """Whose turn it is from one time (None = now) to another (None = 31 days later). Refused(roster_span)."""
        now = self.around.clock.wall()
        first = now if begin is None else begin
        last = first + AHEAD_MS if end is None else end
        await self.asker("duty.read", credentials)
        if not 0 < last - first <= MOST_ASKED_MS or last > now + 10 * MOST_ASKED_MS:
            raise Refused("roster_span")
        return await look_up(self.around.store, lambda conn: self._page(conn, first, last))

    def _page(self, conn: Connection, begin: int, end: int) -> RosterPage:
        people, signs = rows.people(conn), rows.signs(conn, begin, end)
        whole = self._whole(conn, begin, end, people)
        versions = [PlanInfo.model_validate({**row, "plan": plan_of(row)}) for row in rows.plans(conn)]
        newest = {one.plan.post: one.plan for one in versions}
        turns = [turn for post in whole.posts for turn in whole.turns(post, begin, end)]
        return RosterPage(
            now=self.around.clock.wall(),
            begin=begin,
            end=end,
            posts=[PostInfo(id=post, name=plan.name, replaces=plan.replaces, over=plan.over) for post, plan in newest.items()],
            plans=versions,
            turns=[_turn_info(whole, turn) for turn in turns],
            signs=[SignInfo.model_validate(row) for row in signs],
            changes=[ChangeInfo.model_validate(row) for row in rows.changes(conn, begin, end)],
            holes=[_hole_info(one) for one in whole.holes(begin, end)],
            ahead=[_hole_info(one) for one in self.known.holes],
            people=[PersonInfo(id=id, name=display, enabled=enabled) for id, (_, display, enabled) in people.items()],
            more=len(signs) == rows.MOST_SIGNS,
        )

    # sheets and reports

    def sheet(self, conn: Connection, span: Span) -> list[SheetSection]:
        """Who was on duty, changes over the plan, checks that were missed; holes until `ahead`."""
        people = rows.people(conn)
        whole = self._whole(conn, span.begin, span.ahead, people)
        told = [_sign_row(row) for row in rows.signs(conn, span.begin, span.end)]
        told += self._absent(conn, whole, span, people)
        told += [
            SheetRow(words=CHANGED[row["sort"]], params=_changed(row, people), time=row["time"], front="changed")
            for row in rows.changes(conn, span.begin, span.ahead)
            if span.begin <= row["time"] < span.end
        ]
        missed = [row for row in rows.checks(conn, span.begin, span.end) if row["answered"] is None or row["answered"] >= row["until"]]
        told += [_row(N_("The alertness check was not answered in time"), row["asked"], "abnormal") for row in missed]
        names = {plan.post: plan.name for row in rows.plans(conn) for plan in [plan_of(row)]}
        told += [
            SheetRow(
                words=N_("{post}: nobody from {begin_at} to {end_at}"),
                params={"post": names.get(hole.post, hole.post), "begin_at": hole.begin, "end_at": hole.end},
                time=hole.begin,
                front="due",
            )
            for hole in whole.holes(span.end, span.ahead)
        ]
        return [SheetSection(id="roster", title=N_("People on duty"), rows=told)]

    def _absent(self, conn: Connection, whole: roster.Roster, span: Span, people: Mapping[str, tuple[str, str, bool]]) -> list[SheetRow]:
        came = {(row["begin"], row["account"]) for row in rows.signs(conn, span.begin, span.end) if row["post"] == CREW}
        missing = [
            (turn, account)
            for turn in whole.turns(CREW, span.begin, span.end)
            for account in whole.ever(turn)
            if (turn.begin, account) not in came
        ]
        return [
            SheetRow(
                words=N_("{name} had the turn {turn} and did not sign in"),
                params={"name": people[account][1] if account in people else account, "turn": turn.name},
                time=turn.begin,
                front="abnormal",
            )
            for turn, account in missing
        ]

    def figures(self, conn: Connection, begin: int, end: int) -> Mapping[str, float | None]:
        """Turns of the crew, those to which nobody signed in, hours without anybody, checks asked and missed."""
        whole = self._whole(conn, begin, end, rows.people(conn))
        turns = whole.turns(CREW, begin, end)
        came = {row["begin"] for row in rows.signs(conn, begin, end) if row["post"] == CREW}
        checks = rows.checks(conn, begin, end)
        late = [row for row in checks if row["answered"] is None or row["answered"] >= row["until"]]
        return {
            "roster.turns": float(len(turns)) if turns else None,
            "roster.unsigned": float(sum(turn.begin not in came for turn in turns)) if turns else None,
            "roster.uncovered_hours": sum(hole.end - hole.begin for hole in whole.holes(begin, end)) / 3_600_000 if whole.posts else None,
            "roster.checks": float(len(checks)),
            "roster.checks_missed": float(len(late)),
        }


CHANGED = {
    "leave": N_("{account} is away from {begin_at} to {end_at}: {why}"),
    "stand_in": N_("{other} stands in for {account} from {begin_at} to {end_at}: {why}"),
    "swap": N_("{account} and {other} change turns ({begin_at} and {other_at}): {why}"),
}


def _kind(post: str) -> Any:
    return post if post in KINDS else "other"


def _row(words: str, time: int, front: Front) -> SheetRow:
    return SheetRow(words=words, time=time, front=front)


def _sign_row(row: Mapping[str, Any]) -> SheetRow:
    params: dict[str, Any] = {"name": row["name"], "turn": row["turn"], "in_at": row["signed"]}
    if row["left"] is None:
        return SheetRow(words=N_("{name}: {turn}, signed in {in_at}"), params=params, time=row["signed"])
    params |= {"out_at": row["left"], "relief": row["relief_name"]}
    words = N_("{name}: {turn}, signed in {in_at}, left {out_at}, relieved by {relief}")
    if not row["relief_name"]:
        words = N_("{name}: {turn}, signed in {in_at}, left {out_at}")
    return SheetRow(words=words, params=params, time=row["signed"])


def _changed(row: Mapping[str, Any], people: Mapping[str, tuple[str, str, bool]]) -> dict[str, Any]:
    names = {key: people[row[key]][1] if row[key] in people else row[key] for key in ("account", "other")}
    return {**names, "begin_at": row["begin"], "end_at": row["end"], "other_at": row["other_begin"], "why": row["why"]}


def _turn_info(whole: roster.Roster, turn: Turn) -> TurnInfo:
    places = [PlaceInfo(planned=planned, holders=holders) for planned, holders in whole.held(turn)]
    return TurnInfo(post=turn.post, sign=turn.sign, name=turn.name, begin=turn.begin, end=turn.end, crew=turn.crew, places=places)


def _hole_info(hole: Hole) -> HoleInfo:
    return HoleInfo(post=hole.post, name=hole.name, begin=hole.begin, end=hole.end)
