"""Two consoles submit the same and different drafts in any order, some of them again and again: nothing is lost, nothing is there twice."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from cityops_desktop.link.duty.patrol import BeginRound, SubmitRound
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.refused import Refused
from cityops_desktop.store.dutyschema import patrol_reading, patrol_round, work_order
from tests.conftest import FakeClock
from tests.core.station.duty.patrolroom import PLAN, ROUTE, Walk, walking

HOUR = 3_600_000
PEOPLE = ("dina", "dora")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with walking(tmp_path_factory.mktemp("data"), FakeClock()) as made:
        made.publish({**ROUTE, "plan": {**PLAN, "times": [], "every": 1}})
        yield made


def counts(walk: Walk) -> tuple[int, int, int]:
    def of(conn: Any) -> tuple[int, int, int]:
        rounds = conn.execute(select(func.count()).select_from(patrol_round).where(patrol_round.c.state == "done")).scalar()
        readings = conn.execute(select(func.count()).select_from(patrol_reading)).scalar()
        standing = conn.execute(select(func.count()).select_from(work_order).where(work_order.c.ended.is_(None))).scalar()
        return int(rounds), int(readings), int(standing)

    return walk.store.read(of)


deeds = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.integers(0, 3), st.sampled_from(["as it is", "as it is", "other", "begin"])),
    min_size=1,
    max_size=12,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds, st.lists(st.booleans(), min_size=4, max_size=4))
def test_nothing_is_lost_and_nothing_is_twice(shared: Walk, deeds: list[tuple[str, int, str]], same_time: list[bool]) -> None:
    walk = shared
    walk.clock.advance(7200)
    due = walk.clock.wall() // HOUR * HOUR
    drafts, sheet = [], walk.sheet()
    for number, shares in enumerate(same_time):
        changed = {"hall/climate/smell": {"state": "not_ok"}} if number % 2 else {}
        draft = walk.draft(due=due if shares else None, sheet=sheet, note=f"draft {number}", **changed)
        walk.past.put("th1.t", draft.answers[0].time, 22.0)
        drafts.append(draft)
    before, taken, begun = counts(walk), {}, {}
    for name, number, how in deeds:
        draft = drafts[number]
        if how == "begin":
            if _begin(walk, name, draft):
                begun.setdefault(draft.id, name)
            continue
        sent = draft if how == "as it is" else draft.model_copy(update={"note": "not what was walked"})
        text = sent.model_dump_json()
        if draft.id in taken and taken[draft.id][0] != text:
            with pytest.raises(Refused, match="patrol_other"):
                walk.act(name, sent)
            continue
        if draft.id not in taken and begun.get(draft.id, name) != name:
            with pytest.raises(Refused, match="patrol_begun"):
                walk.act(name, sent)
            continue
        told = walk.act(name, sent)
        assert draft.id not in taken or taken[draft.id][1] == told, "the same answer, whoever sends it again"
        taken[draft.id] = (text, told)
    after = counts(walk)
    assert after[0] - before[0] == after[1] - before[1] == len(taken), "each once, with its readings"
    assert after[2] == max(before[2], 1 if any(told["not_ok"] for _, told in taken.values()) else 0), "and one work order for one finding"
    _kept_as_sent(walk, {id: SubmitRound.model_validate_json(text) for id, (text, _) in taken.items()}, due)


def _begin(walk: Walk, name: str, draft: SubmitRound) -> bool:
    try:
        walk.act(name, BeginRound(id=draft.id, route=draft.route, due=draft.due))
    except Refused as error:
        assert error.code in ("patrol_other", "patrol_begun", "patrol_done"), error.code
        return False
    return True


def _kept_as_sent(walk: Walk, sent: dict[str, SubmitRound], due: int) -> None:
    query = select(patrol_round).where(patrol_round.c.id.in_(list(sent)))
    rows = {row["id"]: row for row in walk.store.read(lambda conn: list(conn.execute(query).mappings()))}
    assert set(rows) == set(sent) and len({row["number"] for row in rows.values()}) == len(rows)
    for id, draft in sent.items():
        answers = json.loads(rows[id]["body"])
        assert [answer["item"] for answer in answers] == [answer.item for answer in draft.answers]
        assert rows[id]["note"] == draft.note and rows[id]["state"] == "done"
    first = [row for row in rows.values() if row["due"] == due and not row["again"]]
    assert len(first) == (1 if any(row["due"] == due for row in rows.values()) else 0), "one of them is the round of that time"


def test_a_round_that_fails_leaves_nothing_behind(shared: Walk) -> None:
    before = counts(shared)
    draft = shared.draft(**{"hall/climate/smell": {"state": "not_ok", "photos": [uuid7(1)]}})
    with pytest.raises(Refused, match="no_such_attachment"):
        shared.act("dina", draft)
    assert counts(shared) == before
    whole = draft.model_copy(update={"answers": [one.model_copy(update={"photos": []}) for one in draft.answers]})
    assert shared.act("dina", whole)["not_ok"] == 1, "the same id may come whole, since nothing of it was taken"
