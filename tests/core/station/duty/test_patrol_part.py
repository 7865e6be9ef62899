"""Patrols in the station: what is published, walked, submitted, missed, and what follows from it."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from cityops_desktop.duty.patrol import DAY_MS
from cityops_desktop.duty.patrolcontent import RouteContent, TemplateContent
from cityops_desktop.link.duty.now import DutyInfo
from cityops_desktop.link.duty.patrol import (
    AbandonRound,
    BeginRound,
    ExplainMissed,
    PublishRoute,
    PublishTemplate,
    RetireRoute,
    RetireTemplate,
    TakeOver,
    TakeScans,
)
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.readings import Quality
from cityops_desktop.model.refused import Refused
from cityops_desktop.station.duty.part import Span
from cityops_desktop.station.duty.patrol import AHEAD
from cityops_desktop.station.duty.patrolfile import shipped
from cityops_desktop.store.dutyschema import patrol_round, work_order
from cityops_desktop.store.schema import incident
from tests.conftest import FakeClock
from tests.core.station.duty.patrolroom import CLIMATE, ROUTE, Walk, walking

HOUR = 3_600_000
EIGHT = 1_790_035_200_000
"""08:00 in Shanghai, some hours after the fake clock's time (22 September 2026)."""


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with its people, made once."""
    folder = tmp_path_factory.mktemp("ready")
    with walking(folder, FakeClock()):
        return folder


@pytest.fixture
def walk(ready: Path, tmp_path: Path, clock: FakeClock) -> Iterator[Walk]:
    with walking(Path(shutil.copytree(ready, tmp_path / "data")), clock) as made:
        yield made


def at(walk: Walk, time: int) -> None:
    walk.clock.advance((time - walk.clock.wall()) / 1000)


def refusal(walk: Walk, name: str, act: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        walk.act(name, act)
    return caught.value


def orders(walk: Walk) -> list[Any]:
    return walk.store.read(lambda conn: list(conn.execute(select(work_order).order_by(work_order.c.id)).mappings()))


def rounds(walk: Walk) -> list[Any]:
    return walk.store.read(lambda conn: list(conn.execute(select(patrol_round).order_by(patrol_round.c.id)).mappings()))


def test_templates_are_published_as_versions_and_rounds_keep_theirs(walk: Walk) -> None:
    walk.publish()
    old = walk.sheet()
    harder = {**CLIMATE, "items": [*CLIMATE["items"], {"id": "new", "kind": "check", "name": {"zh": "新", "en": "new"}}]}
    walk.act("ed", PublishTemplate(content=TemplateContent.model_validate(harder), why="more"))
    assert {one.content.code: one.version for one in walk.page().templates} == {"climate": 2, "house": 1}
    told = walk.act("dina", walk.draft(sheet=old))
    detail = walk.detail(str(told["round"]))
    assert len(detail.answers) == 6 and [one.version for one in detail.templates] == [1, 1], "a draft of before is taken as it was walked"
    assert len(walk.sheet().stops[0].parts[0].items) == 3


def test_what_the_program_brings_is_taken_over_in_one_act(walk: Walk) -> None:
    assert len(walk.page().waiting) == len(shipped()) >= 14
    assert walk.act("ed", TakeOver())["count"] == len(shipped())
    page = walk.page()
    assert page.waiting == [] and all(one.shipped for one in page.templates)
    assert walk.act("ed", TakeOver())["count"] == 0
    changed = shipped()[0].model_copy(update={"items": shipped()[0].items[:1]})
    walk.act("ed", PublishTemplate(content=changed, why="shorter"))
    assert walk.act("ed", TakeOver())["count"] == 0, "what the site has changed stays"
    assert walk.act("ed", TakeOver(codes=[changed.code]))["count"] == 1, "unless somebody says so"
    assert refusal(walk, "ed", TakeOver(codes=["nothing"])).code == "no_such_template"


def test_nothing_senseless_is_published_and_nothing_used_ends(walk: Walk) -> None:
    bad = {**CLIMATE, "items": [{**CLIMATE["items"][0], "low": 30}]}
    assert refusal(walk, "ed", PublishTemplate(content=TemplateContent.model_validate(bad), why="x")).code == "patrol_bad"
    route = RouteContent.model_validate(ROUTE)
    assert refusal(walk, "ed", PublishRoute(content=route, why="x")).code == "no_such_template"
    walk.publish()
    assert refusal(walk, "ed", RetireTemplate(code="climate", why="x")).params == {"route": "main"}
    strange = {**ROUTE, "stops": [{**ROUTE["stops"][0], "ref": "cellar"}]}
    assert refusal(walk, "ed", PublishRoute(content=RouteContent.model_validate(strange), why="x")).params == {"place": "area:cellar"}
    walk.act("ed", RetireRoute(code="main", why="closed"))
    walk.act("ed", RetireTemplate(code="climate", why="x"))
    assert walk.page().routes == []
    assert refusal(walk, "ed", RetireRoute(code="main", why="x")).code == "no_such_route"
    assert refusal(walk, "vera", RetireRoute(code="main", why="x")).code == "no_right"


def test_texts_that_read_otherwise_than_they_are_are_refused() -> None:
    turned = {**CLIMATE, "name": {"zh": "a\u202eb", "en": "x"}}
    with pytest.raises(ValidationError, match="direction of writing"):
        PublishTemplate.model_validate({"content": turned, "why": "x"})
    with pytest.raises(ValidationError, match="control characters"):
        PublishRoute.model_validate({"content": {**ROUTE, "name": {"zh": "a\x00", "en": "x"}}, "why": "x"})


def test_a_round_keeps_what_was_read_what_the_station_knew_and_the_difference(walk: Walk) -> None:
    walk.publish()
    draft = walk.draft(**{"hall/climate/temp": {"value": 24.5}})
    at_item = draft.answers[0].time
    walk.past.put("th1.t", at_item - 60_000, 30.0)
    walk.past.put("th1.t", at_item - 2_000, 23.0)
    walk.past.put("th1.t", at_item + 1_000, 35.0)
    answer = walk.detail(str(walk.act("dina", draft)["round"])).answers[0]
    assert (answer.point, answer.live, answer.live_time, answer.quality, answer.difference) == ("th1.t", 23.0, at_item - 2_000, "good", 1.5)
    told = asyncio.run(walk.patrol.differences("th1.t", walk.by("dina")))
    assert [(one.value, one.live, one.difference) for one in told.differences] == [(24.5, 23.0, 1.5)] and told.drift is None


@pytest.mark.parametrize(
    ("age", "quality", "expected"),
    [
        (600_000, Quality.GOOD, (20.0, "stale", None)),
        (1_000, Quality.BAD, (20.0, "bad", None)),
        (1_000, Quality.UNCERTAIN, (20.0, "uncertain", 2.0)),
    ],
)
def test_a_value_that_is_not_good_is_shown_as_that_and_compared_only_when_usable(
    walk: Walk, age: int, quality: Quality, expected: tuple[float, str, float | None]
) -> None:
    walk.publish()
    draft = walk.draft()
    walk.past.put("th1.t", draft.answers[0].time - age, 20.0, quality)
    answer = walk.detail(str(walk.act("dina", draft)["round"])).answers[0]
    assert (answer.live, answer.quality, answer.difference) == expected


def test_ok_not_ok_and_not_checked_are_three_things(walk: Walk) -> None:
    walk.publish()
    changed = {
        "hall/climate/smell": {"state": "not_ok", "note": "smoke"},
        "ups/house/gauge": {"state": "unchecked", "value": None, "why": "locked"},
    }
    told = walk.act("dina", walk.draft(**changed))
    assert (told["not_ok"], told["unchecked"], told["orders"]) == (1, 1, 1)
    states = {(one.stop, one.item): (one.state, one.why, bool(one.order)) for one in walk.detail(str(told["round"])).answers}
    assert states["hall", "smell"] == ("not_ok", "", True)
    assert states["ups", "gauge"] == ("unchecked", "locked", False)
    assert states["ups", "lamp"] == ("ok", "", False)


def test_half_a_round_is_none(walk: Walk) -> None:
    walk.publish()
    draft = walk.draft()
    half = draft.model_copy(update={"answers": draft.answers[:-1]})
    assert refusal(walk, "dina", half).params == {"stop": "ups", "item": "gauge"}
    beyond = walk.draft(**{"hall/climate/temp": {"value": 40.0}})
    assert refusal(walk, "dina", beyond).code == "patrol_wrong_value"
    lost = walk.draft(**{"hall/climate/smell": {"photos": ["none"]}})
    assert refusal(walk, "dina", lost).code == "no_such_attachment"
    ahead = draft.model_copy(update={"ended": walk.clock.wall() + HOUR})
    assert refusal(walk, "dina", ahead).code == "time_ahead"
    early = draft.model_copy(update={"begun": draft.ended - 1000})
    assert refusal(walk, "dina", early).code == "patrol_times"
    assert refusal(walk, "dina", draft.model_copy(update={"templates": {"climate": "x"}})).code == "no_such_template"
    assert refusal(walk, "dina", draft.model_copy(update={"due": walk.clock.wall()})).code == "patrol_no_due"
    assert rounds(walk) == [] and orders(walk) == []


def test_a_finding_has_one_work_order_until_it_is_closed(walk: Walk) -> None:
    walk.publish()
    bad = {"ups/house/gauge": {"state": "not_ok", "value": 61.0, "note": "hot"}}
    first = walk.act("dina", walk.draft(**bad))
    walk.clock.advance(3600)
    second = walk.act("dora", walk.draft(**bad))
    assert len(orders(walk)) == 1 and first["orders"] == second["orders"] == 1
    order = orders(walk)[0]
    assert order["title"] == "UPS: 表" and order["subject"] == "device:ups1" and order["priority"] == 2
    assert order["link"] == "main/ups/house/gauge" and "61 A" in order["text"] and "hot" in order["text"]
    answer = walk.detail(str(second["round"])).answers[-1]
    assert answer.order == order["id"] and walk.detail(str(second["round"])).orders == {order["id"]: order["number"]}
    walk.store.write(lambda conn: conn.execute(work_order.update().values(ended=1, state="closed"))).result()
    walk.clock.advance(3600)
    walk.act("dina", walk.draft(**bad))
    assert len(orders(walk)) == 2


def test_a_sensor_that_drifts_gets_one_calibration(walk: Walk) -> None:
    walk.publish()
    for number in range(8):
        walk.clock.advance(3600)
        draft = walk.draft(**{"hall/climate/temp": {"value": 25.0}})
        walk.past.put("th1.t", draft.answers[0].time - 1000, 22.5)
        walk.act("dina", draft)
        assert len(orders(walk)) == (1 if number >= 5 else 0), number
    order = orders(walk)[0]
    assert (order["source"], order["link"], order["subject"]) == ("calibration", "th1.t", "point:th1.t") and "+2.5" in order["title"]
    told = asyncio.run(walk.patrol.differences("th1.t", walk.by("dina")))
    assert told.drift == 2.5 and told.order == order["id"] and len(told.differences) == 8
    walk.store.write(lambda conn: conn.execute(work_order.update().values(ended=1, state="closed"))).result()
    walk.clock.advance(3600)
    good = walk.draft(**{"hall/climate/temp": {"value": 22.5}})
    walk.past.put("th1.t", good.answers[0].time - 1000, 22.5)
    walk.act("dina", good)
    assert len(orders(walk)) == 1, "after a calibration it is judged anew"


def test_a_round_due_is_told_is_overdue_is_missed_and_ends_with_a_reason(walk: Walk) -> None:
    walk.publish()

    def told() -> list[Any]:
        walk.look()
        return [(one.cause, one.detail) for one in walk.patrol.standing(walk.clock.wall())]

    def counts() -> tuple[int, int]:
        info = DutyInfo()
        walk.patrol.tell(info, walk.clock.wall())
        return info.patrols_due, info.patrols_overdue

    at(walk, EIGHT - 60_000)
    assert told() == [] and counts() == (0, 0)
    at(walk, EIGHT)
    assert told() == [(Cause.PATROL_DUE, "主巡检 · 2026-09-22 09:00")] and counts() == (1, 0)
    at(walk, EIGHT + HOUR + 1)
    assert told() == [(Cause.PATROL_OVERDUE, "主巡检 · 2026-09-22 08:00")] and counts() == (0, 1)
    early = ExplainMissed(route="main", dues=[EIGHT], why="x")
    assert refusal(walk, "dina", early).code == "patrol_not_missed"
    at(walk, EIGHT + 8 * HOUR)
    assert told() == [(Cause.PATROL_DUE, "主巡检 · 2026-09-22 17:00"), (Cause.PATROL_MISSED, "主巡检 · 2026-09-22 08:00")]
    walk.act("dina", ExplainMissed(route="main", dues=[EIGHT], why="all at the mains failure"))
    assert [cause for cause, _ in told()] == [Cause.PATROL_DUE]
    assert refusal(walk, "dora", ExplainMissed(route="main", dues=[EIGHT], why="again")).code == "patrol_not_missed"
    walk.act("dina", walk.draft(due=EIGHT + 8 * HOUR))
    assert told() == []
    dues = {due.at: (due.state, due.why, bool(due.round)) for due in walk.page().dues}
    assert dues[EIGHT] == ("explained", "all at the mains failure", False) and dues[EIGHT + 8 * HOUR] == ("done", "", True)


def test_many_missed_rounds_are_no_flood(walk: Walk) -> None:
    walk.publish()
    at(walk, EIGHT + 20 * DAY_MS)
    walk.look()
    missed = [one for one in walk.patrol.standing(walk.clock.wall()) if one.cause is Cause.PATROL_MISSED]
    assert len(missed) == 10 and missed[0].detail.endswith("2026-10-11 16:00"), "the newest ones"
    assert sum(due.state == "missed" for due in walk.page().dues) == 40
    walk.act("ed", RetireRoute(code="main", why="closed"))
    walk.look()
    assert len(list(walk.patrol.standing(walk.clock.wall()))) == 10, "what was missed before still waits for a word"
    at(walk, walk.clock.wall() + 3 * DAY_MS)
    assert sum(due.state == "missed" for due in walk.page().dues) == 40, "and nothing is due after the end"


def test_the_clock_of_the_site_may_jump(walk: Walk) -> None:
    walk.publish()
    at(walk, EIGHT + 30 * 60_000)
    walk.act("dina", walk.draft(due=EIGHT))
    for jump in (-20 * HOUR, 0, 9 * HOUR):
        walk.clock.ms = EIGHT + jump
        walk.look()
        causes = [one.cause for one in walk.patrol.standing(walk.clock.wall())]
        assert causes == ([Cause.PATROL_OVERDUE] if jump == 9 * HOUR + 1 else [Cause.PATROL_DUE] if jump == 9 * HOUR else []), jump


def test_one_walks_a_round_at_a_time(walk: Walk) -> None:
    walk.publish()
    at(walk, EIGHT)
    route, first, second = walk.page().routes[0].id, uuid7(walk.clock.wall()), uuid7(walk.clock.wall())
    assert walk.act("dina", BeginRound(id=first, route=route, due=EIGHT)) == {"round": first}
    assert walk.act("dina", BeginRound(id=first, route=route, due=EIGHT)) == {"round": first}
    refused = refusal(walk, "dora", BeginRound(id=second, route=route, due=EIGHT))
    assert (refused.code, refused.params) == ("patrol_begun", {"by": "Dina"})
    assert refusal(walk, "dora", BeginRound(id=first, route=route)).code == "patrol_other"
    assert refusal(walk, "dora", BeginRound(id=second, route=route, due=EIGHT + 1)).code == "patrol_no_due"
    due = next(due for due in walk.page().dues if due.at == EIGHT)
    assert (due.walking, due.walking_id) == ("Dina", first)
    walk.act("dina", AbandonRound(round=first, why="alarm"))
    assert refusal(walk, "dina", AbandonRound(round=first, why="again")).code == "patrol_not_open"
    walk.act("dora", BeginRound(id=second, route=route, due=EIGHT))
    at(walk, EIGHT + 20 * 60_000)
    walk.act("dora", walk.draft(due=EIGHT, id=second))
    assert [(row["id"], row["state"], row["actor_name"]) for row in rounds(walk)] == [
        (first, "abandoned", "Dina"),
        (second, "done", "Dora"),
    ]
    assert refusal(walk, "dina", BeginRound(id=uuid7(walk.clock.wall()), route=route, due=EIGHT)).code == "patrol_done"
    late = walk.draft(due=EIGHT, id=first)
    assert walk.act("dina", late)["again"] == 1, "what was walked is taken, though it was given up and another one came first"


SECURITY = {**ROUTE, "kind": "security", "code": "guard", "stops": [ROUTE["stops"][1]]}


def test_a_security_patrol_opens_an_incident_in_the_same_transaction(walk: Walk) -> None:
    walk.publish(SECURITY)
    found = {"title": "Unknown device", "text": "in rack A01"}
    told = walk.act("dina", walk.draft(**{"ups/house/lamp": {"state": "not_ok", "choice": "bad"}}, incident=found))
    kept = walk.store.read(lambda conn: list(conn.execute(select(incident)).mappings()))
    assert [(one["id"], one["title"]) for one in kept] == [(told["incident"], "Unknown device")]
    assert walk.page().rounds[0].incident == told["incident"]
    walk.publish()
    ordinary = walk.draft(sheet=walk.sheet(walk.page().routes[1].id), incident=found)
    assert refusal(walk, "dina", ordinary).code == "patrol_no_incident"


def marks(draft_time: int, **ways: str) -> list[dict[str, Any]]:
    codes = {"hall": "T-1", "ups": "T-2"}
    return [{"stop": stop, "way": way, "code": codes[stop], "time": draft_time + n * 1000} for n, (stop, way) in enumerate(ways.items())]


def test_proof_of_presence_keeps_its_kind_and_its_doubts(walk: Walk) -> None:
    walk.publish()
    begun = walk.clock.wall() - 300_000
    told = walk.act("dina", walk.draft(marks=marks(begun, hall="spot", ups="desk")))
    detail = walk.detail(str(told["round"]))
    assert [(one.way, one.doubt) for one in detail.marks] == [("spot", ""), ("desk", "weaker")]
    assert (detail.round.presence, detail.round.doubts) == ("desk", 1)
    assert walk.detail(str(walk.act("dina", walk.draft())["round"])).round.presence == "none"


def test_lines_of_a_wand_prove_a_round_whichever_comes_first(walk: Walk) -> None:
    walk.publish()
    now = walk.clock.wall()
    lines = [{"code": code, "time": now - ago, "reader": "w1"} for code, ago in (("T-1", 500_000), ("T-2", 200_000), ("T-9", 100_000))]
    first = walk.act("dina", TakeScans(source="w.csv", scans=lines[:1]))
    assert (first["taken"], first["matched"]) == (1, 0) and walk.page().unmatched == 1
    told = walk.act("dina", walk.draft(marks=marks(now - 400_000, ups="wand")))
    assert [(one.way, one.doubt) for one in walk.detail(str(told["round"])).marks] == [("wand", ""), ("none", "no_scan")]
    second = walk.act("dora", TakeScans(source="w.csv", scans=lines))
    assert (second["taken"], second["known"], second["matched"]) == (2, 1, 1)
    detail = walk.detail(str(told["round"]))
    assert [(one.way, one.doubt, one.reader) for one in detail.marks] == [("wand", "", "w1"), ("wand", "", "w1")]
    assert detail.round.presence == "wand" and detail.round.doubts == 0 and walk.page().unmatched == 1
    assert walk.act("dora", TakeScans(source="again.csv", scans=lines))["taken"] == 0
    page = asyncio.run(walk.patrol.scans(now - HOUR, now, walk.by("dina")))
    assert [(one.code, one.source, one.round == told["round"]) for one in page.scans] == [
        ("T-9", "w.csv", False),
        ("T-2", "w.csv", True),
        ("T-1", "w.csv", True),
    ]
    again = walk.act("dina", walk.draft())
    assert [one.way for one in walk.detail(str(again["round"])).marks] == ["none", "none"], "a line proves one round"


def test_a_paper_sheet_is_entered_later_with_the_values_of_its_time(walk: Walk) -> None:
    walk.publish()
    at(walk, EIGHT + 30 * 60_000)
    draft = walk.draft(due=EIGHT, entry="paper", walker="王师傅")
    walk.past.put("th1.t", draft.answers[0].time - 1000, 21.0)
    walk.past.put("th1.t", EIGHT + 5 * HOUR, 26.0)
    at(walk, EIGHT + 6 * HOUR)
    told = walk.act("dina", draft)
    detail = walk.detail(str(told["round"]))
    assert (detail.round.entry, detail.round.walker, detail.round.late) == ("paper", "王师傅", False)
    assert detail.answers[0].live == 21.0 and detail.round.time == EIGHT + 6 * HOUR


def test_a_round_walked_long_before_its_time_is_not_the_one_of_that_time(walk: Walk) -> None:
    walk.publish()
    at(walk, EIGHT - 31 * 60_000)
    early = walk.draft(due=EIGHT)
    assert refusal(walk, "dina", early).code == "patrol_early"
    assert walk.act("dina", early.model_copy(update={"due": None}))["again"] == 0
    at(walk, EIGHT - 29 * 60_000)
    assert walk.act("dina", walk.draft(due=EIGHT))["again"] == 0, "half an hour before is what the plan allows"


def test_lists_go_page_by_page_and_an_item_has_its_past(walk: Walk) -> None:
    walk.publish()
    sheet, ids = walk.sheet(), []
    for number in range(53):
        walk.clock.advance(60)
        changed = {"hall/climate/smell": {"state": "not_ok"}} if number % 10 == 0 else {}
        ids.append(str(walk.act("dina", walk.draft(sheet=sheet, **changed))["round"]))
    first = asyncio.run(walk.patrol.rounds("main", False, "", walk.by("dina")))
    rest = asyncio.run(walk.patrol.rounds("main", False, first.next, walk.by("dina")))
    assert [one.id for one in [*first.rounds, *rest.rounds]] == ids[::-1] and not rest.next and walk.page().more
    bad = asyncio.run(walk.patrol.rounds("", True, "", walk.by("dina")))
    assert [one.id for one in bad.rounds] == ids[::-1][2::10]
    past = asyncio.run(walk.patrol.item("main", "hall", "climate", "smell", "", walk.by("dina")))
    assert len(past.answers) == 53 and [one.answer.state for one in past.answers].count("not_ok") == 6
    with pytest.raises(Refused, match="no_such_round"):
        walk.detail("none")


def test_what_a_handover_and_a_report_hear(walk: Walk) -> None:
    walk.publish()
    at(walk, EIGHT + 20 * 60_000)
    bad = {"hall/climate/smell": {"state": "not_ok"}}
    told = walk.act("dina", walk.draft(due=EIGHT, **bad))
    at(walk, EIGHT + DAY_MS + 4 * HOUR)
    span = Span(EIGHT, EIGHT + DAY_MS + 4 * HOUR, EIGHT + DAY_MS + 16 * HOUR)
    (section,) = walk.store.read(lambda conn: walk.patrol.sheet(conn, span))
    rows = [(row.words.format_map(dict(row.params)), row.front) for row in section.rows]
    assert section.id == "patrol"
    number = walk.detail(str(told["round"])).round.number
    assert (f"Patrol Main round, round {number}: finished {EIGHT + 20 * 60_000} by Dina; 1 of 6 not in order, 0 not checked", "") in rows
    order = orders(walk)[0]["number"]
    assert (f"Hall: No smell not in order (round {number}, work order {order})", "abnormal") in rows
    assert (f"Patrol Main round of {EIGHT + 8 * HOUR} was missed; nobody has said why", "abnormal") in rows
    assert (f"Patrol Main round of {EIGHT + DAY_MS} is overdue", "due") in rows
    assert (f"Patrol Main round is due at {EIGHT + DAY_MS + 8 * HOUR}", "due") in rows
    far = Span(EIGHT, EIGHT + DAY_MS + 4 * HOUR, EIGHT + 9 * DAY_MS)
    (section,) = walk.store.read(lambda conn: walk.patrol.sheet(conn, far))
    assert [row.front for row in section.rows if row.words == AHEAD] == ["due", *[""] * 14], "page one has the next one, the annex all"
    figures = walk.store.read(lambda conn: dict(walk.patrol.figures(conn, EIGHT, EIGHT + DAY_MS)))
    assert (figures["patrol.planned"], figures["patrol.done"], figures["patrol.on_time"], figures["patrol.missed"]) == (2, 1, 1, 1)
    assert (figures["patrol.items"], figures["patrol.not_ok"], figures["patrol.doubts"], figures["patrol.presence.none"]) == (6, 1, 1, 2)
