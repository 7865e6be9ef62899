"""A made roster: four crews in two turns, a leader by week, a leave that nobody has filled, a swap; today is 2026-09-21 in the room."""

import datetime
from zoneinfo import ZoneInfo

from cityops_desktop.duty import roster
from cityops_desktop.duty.roster import CREW, LEADER, Crew, Plan, Slot, Sort
from cityops_desktop.link.duty.now import DutyInfo, OnDuty
from cityops_desktop.link.duty.roster import ChangeInfo, HoleInfo, PersonInfo, PlaceInfo, PlanInfo, PostInfo, RosterPage, SignInfo, TurnInfo
from tests.ui.rooms import NOW

ZONE = ZoneInfo("Asia/Shanghai")
DAY = 86_400_000
PEOPLE = {
    "p1": "张工",
    "p2": "李班长",
    "p3": "王工",
    "p7": "赵工",
    "p9": "Former Colleague of the night shift",
    "a": "钱明",
    "b": "孙立",
    "c": "周正",
    "d": "吴晓梅",
}


def at(day: int, clock: str, month: int = 9) -> int:
    return roster.edge(datetime.date(2026, month, day), clock, ZONE)


def plans() -> list[Plan]:
    one = roster.pattern("4x2")
    slots = (Slot(sign="白", name="白班", begin="08:00", end="20:00"), Slot(sign="夜", name="夜班", begin="20:00", end="08:00"))
    members = [("甲班", ["p1", "a"]), ("乙班", ["p2", "b"]), ("丙班", ["p3", "c"]), ("丁班", ["p7", "d"])]
    given = {"since": "2026-08-01", "epoch": "2026-09-20"}
    crews = roster.crews_of(one, members)
    crew = Plan(post=CREW, name="机房值班", slots=slots, cycle="白白夜夜休休休休", crews=crews, **given)
    week = (Slot(sign="带", name="带班", begin="08:00", end="08:00"),)
    leaders = tuple(Crew(name="", offset=-n * 7 % 14, members=(who,)) for n, who in enumerate(("p2", "p3")))
    return [crew, Plan(post=LEADER, name="领导带班", slots=week, cycle=roster.weekly(2).replace("F", "带"), crews=leaders, **given)]


def changes() -> list[ChangeInfo]:
    told = {"time": NOW - DAY, "actor_name": "李班长", "post": CREW}
    leave = ChangeInfo(
        id="c1",
        sort=Sort.LEAVE,
        account="p7",
        begin=at(24, "20:00"),
        end=at(25, "08:00"),
        other="",
        other_begin=0,
        other_end=0,
        why="事假",
        **told,
    )
    away = leave.model_copy(update={"id": "c2", "account": "d", "why": "病假"})
    spans = {"begin": at(25, "08:00"), "end": at(25, "20:00"), "other_begin": at(26, "08:00"), "other_end": at(26, "20:00")}
    return [leave, away, ChangeInfo(id="c3", sort=Sort.SWAP, account="c", other="b", why="家里有事", **spans, **told)]


def page(begin: int = at(1, "00:00"), end: int = at(1, "00:00", 10), *, published: bool = True) -> RosterPage:
    made = changes() if published else []
    passings = [
        one
        for row in made
        for one in roster.passings(row.sort, row.post, row.account, row.begin, row.end, row.other, row.other_begin, row.other_end)
    ]
    whole = roster.Roster(plans() if published else [], passings, ZONE)
    turns = [
        TurnInfo(
            post=turn.post,
            sign=turn.sign,
            name=turn.name,
            begin=turn.begin,
            end=turn.end,
            crew=turn.crew,
            places=[PlaceInfo(planned=planned, holders=holders) for planned, holders in whole.held(turn)],
        )
        for post in whole.posts
        for turn in whole.turns(post, begin, end)
    ]
    holes = [HoleInfo(post=one.post, name=one.name, begin=one.begin, end=one.end) for one in whole.holes(begin, end)]
    signs = [
        SignInfo(
            id="s1",
            post=CREW,
            begin=at(21, "20:00"),
            end=at(22, "08:00"),
            account="p2",
            name="李班长",
            planned=True,
            signed=NOW,
            left=None,
            relief="",
            why="",
        )
    ]
    return RosterPage(
        now=NOW,
        begin=begin,
        end=end,
        posts=[PostInfo(id=plan.post, name=plan.name) for plan in (plans() if published else [])],
        plans=[PlanInfo(id=plan.post, plan=plan, why="roster", time=NOW, actor_name="李班长") for plan in (plans() if published else [])],
        turns=turns,
        signs=signs if published else [],
        changes=made,
        holes=holes,
        ahead=[one for one in holes if one.end > NOW],
        people=[PersonInfo(id=id, name=name, enabled=id != "p9") for id, name in PEOPLE.items()],
    )


def duty() -> DutyInfo:
    begin, end = at(21, "20:00"), at(22, "08:00")
    people = [
        OnDuty(account="p2", name="李班长", post=CREW, kind="crew", crew="乙班", begin=begin, end=end, signed_in=NOW - 600_000),
        OnDuty(account="b", name="孙立", post=CREW, kind="crew", crew="乙班", begin=begin, end=end),
        OnDuty(account="p2", name="李班长", post=LEADER, kind="leader", begin=at(21, "08:00"), end=at(22, "08:00")),
    ]
    return DutyInfo(shift="夜班", begin=begin, end=end, people=people)
