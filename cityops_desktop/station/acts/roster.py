"""Acts of people about the roster. What may follow what is in cityops_desktop.duty.roster; the plan of yesterday is never rewritten."""

import datetime
import json
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from cityops_desktop.duty import roster
from cityops_desktop.duty.roster import CREW, LEADER, Passing, Plan, Sort, Turn
from cityops_desktop.link.duty.roster import ChangeDuty, EndPost, PublishPlan, SignIn, SignOut, WithdrawChange
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.station.acts.act import Acts, Carried, Data, Job
from cityops_desktop.station.acts.written import amend, author, put
from cityops_desktop.store.duty import roster as rows
from cityops_desktop.store.dutyschema import duty_change, duty_plan, duty_sign

DAY_MS = 86_400_000
EARLY_MS = 3_600_000
"""So long before its begin people sign in to a turn."""
LATE_DAYS = 31
"""A change may be written down so many days after it began."""
LONGEST_CHANGE_DAYS = 400
LONGEST_BETWEEN_MS = 12 * 3_600_000
"""Somebody who signs in where no turn is planned is there for so long at most."""

Running = Callable[[roster.Roster, str, int], Turn | None]
"""The turn of a post that runs at a time, or else the next one: from the roster, or from the times of the room file."""


class RosterActs:
    """duty.plan, .end, .change, .withdraw, .sign_in, .sign_out."""

    def __init__(self, zone: Callable[[], ZoneInfo], running: Running, following: Running, carried: Callable[[Job], Carried]) -> None:
        self._zone, self._running, self._following, self._carried = zone, running, following, carried

    def acts(self) -> Acts:
        """By kind."""
        return {
            "duty.plan": self.plan,
            "duty.end": self.end,
            "duty.change": self.change,
            "duty.withdraw": self.withdraw,
            "duty.sign_in": self.sign_in,
            "duty.sign_out": self.sign_out,
        }

    def plan(self, act: PublishPlan, who: Who) -> Carried:
        """The next version of a post's plan."""
        plan = act.plan
        code = roster.wrong(plan) or ("roster_cycle" if plan.over else "")
        if code:
            raise Refused(code)

        def run(conn: Connection) -> Data:
            whole = self._whole(conn, who.time)
            today = self._today(who)
            began = plan.since < today.isoformat() or any(one.day <= today.isoformat() for one in plan.listed)
            if began or (plan.since == today.isoformat() and whole.plan(plan.post, today) is not None):
                raise Refused("plan_from_past")
            if plan.replaces and plan.replaces not in whole.posts:
                raise Refused("no_such_post")
            if plan.replaces and plan.post in (CREW, LEADER, *whole.posts):
                raise Refused("roster_list")
            self._known(conn, [one for crew in plan.crews for one in crew.members] + [one for day in plan.listed for one in day.members])
            return {"plan": self._publish(conn, plan, act.why, who)}

        return self._carried(run)

    def end(self, act: EndPost, who: Who) -> Carried:
        """Nobody has the post any more."""
        since = act.since

        def run(conn: Connection) -> Data:
            today = self._today(who)
            last = next((plan for plan in reversed(_plans(conn)) if plan.post == act.post), None)
            if last is None or last.over:
                raise Refused("no_such_post")
            if since <= today.isoformat():
                raise Refused("plan_from_past")
            return {"plan": self._publish(conn, Plan(post=act.post, name=last.name, since=since), act.why, who)}

        return self._carried(run)

    def change(self, act: ChangeDuty, who: Who) -> Carried:
        """Leave, swap, stand-in."""
        spans = [(act.begin, act.end)] + ([(act.other_begin, act.other_end)] if act.sort is Sort.SWAP else [])
        longest, last = LONGEST_CHANGE_DAYS * DAY_MS, who.time + 2 * LONGEST_CHANGE_DAYS * DAY_MS
        if any(not 0 < end - begin <= longest or end > last for begin, end in spans):
            raise Refused("change_times")
        if min(begin for begin, _ in spans) < who.time - LATE_DAYS * DAY_MS:
            raise Refused("change_too_old", days=LATE_DAYS)
        if act.sort is not Sort.LEAVE and (not act.other or act.other == act.account or not act.post):
            raise Refused("change_whom")
        row: dict[str, Any] = act.model_dump(exclude={"kind"}) | {"sort": str(act.sort)}
        row |= {"other": ""} if act.sort is Sort.LEAVE else {}
        row |= {} if act.sort is Sort.SWAP else {"other_begin": 0, "other_end": 0}
        row |= {"since": min(begin for begin, _ in spans), "until": max(end for _, end in spans), "time": who.time, **author(who)}
        row |= {"withdrawn": None, "withdrawn_by": "", "withdrawn_why": ""}

        def run(conn: Connection) -> Data:
            self._known(conn, [one for one in (act.account, row["other"]) if one])
            whole = self._whole(conn, row["since"], row["until"])
            if act.post and act.post not in whole.posts:
                raise Refused("no_such_post")
            if act.sort is not Sort.LEAVE and not _has_turn(whole, act.post, act.account, act.begin, act.end):
                raise Refused("no_turn_then")
            if act.sort is Sort.SWAP and not _has_turn(whole, act.post, act.other, act.other_begin, act.other_end):
                raise Refused("no_turn_then")
            return {"change": put(conn, duty_change, row, "duty.changed", who)}

        return self._carried(run)

    def withdraw(self, act: WithdrawChange, who: Who) -> Carried:
        """A change does not count."""

        def run(conn: Connection) -> None:
            rows.change(conn, act.change)
            values = {"withdrawn": who.time, "withdrawn_by": who.person.display, "withdrawn_why": act.why}
            amend(conn, duty_change, act.change, values, "duty.withdrawn", who)

        return self._carried(run)

    def sign_in(self, act: SignIn, who: Who) -> Carried:
        """Somebody is here, and says so."""
        person = who.person

        def run(conn: Connection) -> Data:
            whole = self._whole(conn, who.time)
            turn, planned = self._turn_of(whole, act.post, person.id, who.time)
            if not planned and turn.members and not act.why.strip():
                raise Refused("say_why")
            former = rows.open_sign(conn, act.post, person.id, who.time)
            if former is not None and (former["begin"] == turn.begin or (not turn.sign and former["end"] > who.time)):
                raise Refused("already_signed_in")
            if former is not None:
                amend(conn, duty_sign, former["id"], {"left": who.time}, "duty.signed_out", who)
            row = {"post": act.post, "begin": turn.begin, "end": turn.end, "turn": turn.name, "account": person.id, "name": person.display}
            row |= {"planned": planned, "signed": who.time, "left": None, "relief": "", "relief_name": "", "why": act.why}
            return {"sign": put(conn, duty_sign, row, "duty.signed_in", who)}

        return self._carried(run)

    def sign_out(self, act: SignOut, who: Who) -> Carried:
        """Somebody leaves the post."""

        def run(conn: Connection) -> None:
            mine = rows.open_sign(conn, act.post, who.person.id, who.time)
            if mine is None:
                raise Refused("not_signed_in")
            others = {
                row["account"]: row["name"]
                for row in rows.here(conn, who.time)
                if row["left"] is None and row["post"] == act.post and row["account"] != who.person.id
            }
            if act.relief and act.relief not in others:
                raise Refused("relief_not_here")
            if not others and not act.why.strip():
                raise Refused("no_relief")
            values = {"left": who.time, "relief": act.relief, "relief_name": others.get(act.relief, "")}
            values |= {"why": " · ".join(filter(None, (mine["why"], act.why)))}
            amend(conn, duty_sign, mine["id"], values, "duty.signed_out", who)

        return self._carried(run)

    def _turn_of(self, whole: roster.Roster, post: str, account: str, now: int) -> tuple[Turn, bool]:
        """The turn that a person means, and whether the plan names this person: the one that runs, or the next shortly before it. Where
        neither is there the time until the next one is a turn of its own: whoever has the role can always sign in."""
        current, next_one = self._running(whole, post, now), self._following(whole, post, now)
        soon = next_one if next_one is not None and next_one.begin - now <= EARLY_MS else None
        for turn in (current, soon):
            if turn is not None and account in whole.ever(turn):
                return turn, True
        found = soon or current
        if found is None and post != CREW and post not in whole.posts:
            raise Refused("no_such_post")
        until = now + LONGEST_BETWEEN_MS if next_one is None else min(next_one.begin, now + LONGEST_BETWEEN_MS)
        return found or Turn(post, "", "", now, until), False

    def _today(self, who: Who) -> datetime.date:
        return datetime.datetime.fromtimestamp(who.time / 1000, self._zone()).date()

    def _publish(self, conn: Connection, plan: Plan, why: str, who: Who) -> str:
        row = {"post": plan.post, "since": plan.since, "plan": plan.model_dump_json(), "why": why, "time": who.time, **author(who)}
        return put(conn, duty_plan, row, "duty.planned", who)

    def _whole(self, conn: Connection, begin: int, end: int | None = None) -> roster.Roster:
        changes = passings_of(rows.changes(conn, begin - 2 * DAY_MS, (end or begin) + 2 * DAY_MS))
        return roster.Roster(_plans(conn), changes, self._zone())

    def _known(self, conn: Connection, accounts: list[str]) -> None:
        missing = set(accounts) - rows.people(conn).keys()
        if missing:
            raise Refused("no_such_account")


def _has_turn(whole: roster.Roster, post: str, account: str, begin: int, end: int) -> bool:
    return any(account in (*turn.members, *whole.ever(turn)) for turn in whole.turns(post, begin, end))


def _plans(conn: Connection) -> list[Plan]:
    return [plan_of(row) for row in rows.plans(conn)]


def plan_of(row: Mapping[str, Any]) -> Plan:
    """The plan of a row."""
    return Plan.model_validate(json.loads(row["plan"]))


def passings_of(found: list[Mapping[str, Any]]) -> list[Passing]:
    """What rows of changes mean."""
    spans = ("begin", "end", "other", "other_begin", "other_end")
    return [one for row in found for one in roster.passings(Sort(row["sort"]), row["post"], row["account"], *(row[name] for name in spans))]
