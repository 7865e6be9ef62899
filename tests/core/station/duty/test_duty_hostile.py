"""The station against people who mean ill, and against slips: every field, ids of others, clocks that are lost, questions without end."""

import asyncio
import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Connection, select

from cityops_desktop.audit.verify import verify
from cityops_desktop.clock import SystemClock
from cityops_desktop.duty import maintenance
from cityops_desktop.link.acts import Command
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.attachments import AddAttachment
from cityops_desktop.link.duty.logbook import Snapshot, WriteEntry
from cityops_desktop.link.duty.maintenance import CallContractor, CallStep, PutContract, PutMaintenancePlans
from cityops_desktop.link.duty.patrol import AbandonRound, BeginRound, Scan, TakeScans
from cityops_desktop.link.duty.tickets import (
    AbortOperation,
    CancelTicket,
    DraftOperation,
    HangTag,
    PlanRotation,
    RemoveTag,
    StartOperation,
    TicketStep,
)
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.refused import Refused
from cityops_desktop.station.asking import AT_ONCE, look_up
from cityops_desktop.station.duty import patrolscans
from cityops_desktop.store import notes
from cityops_desktop.store.duty import attachments
from cityops_desktop.store.duty import patrol as patrol_rows
from cityops_desktop.store.duty.tickets import hangs_on
from cityops_desktop.store.dutyschema import patrol_round
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock
from tests.core.people.site import GOOD
from tests.core.station.duty.bookroom import PNG, Book, opened
from tests.core.station.duty.handoverroom import DESK, HandoverRoom, handover_room
from tests.core.station.duty.houseroom import HouseRoom, house_room
from tests.core.station.duty.patrolroom import Walk, walking

ID = "0197a1b2-c3d4-7e5f-8a6b-0123456789ab"
SLOT = {"sign": "D", "name": "day", "begin": "08:00", "end": "08:00"}
PLAN: dict[str, Any] = {"post": "crew", "name": "crew", "since": "2026-10-01", "slots": [SLOT], "cycle": "D", "epoch": "2026-10-01"}
PLAN |= {"crews": [{"name": "A", "offset": 0, "members": ["x"]}]}
VISIT = {"kind": "visit.enter", "name": "x", "purpose": "y", "escort_name": "z", "entered": 1, "expected": 2}
ROTATION = {"kind": "rotation.plan", "title": "x", "sort": "other", "days": 30, "first": "2026-10-01"}
CONTRACT = {"kind": "contract.put", "sort": "other", "title": "x", "firm": "y", "begins": "2026-01-01", "ends": "2026-12-31"}
CLEANING = {"kind": "cleaning.plan", "place": "room", "area": "x", "tasks": "y", "days": "1", "first": "2026-10-01", "begins": "08:00"}
CLEANING |= {"minutes": 60, "cleaner": "z"}
STOCK = {"kind": "stock.put", "item": ID, "sort": "key", "name": "x", "wanted": 1}
MOVE = {"kind": "stock.move", "move": ID, "item": "x", "how": "out", "number": 1}
FAR = 2**53


@pytest.mark.parametrize(
    ("act", "slip"),
    [
        *((ROTATION, {"first": day}) for day in ("2026-02-31", "0000-01-01", "9999-12-31", "2026-13-01")),
        *(
            ({"kind": "duty.end", "post": "crew", "why": "w", "since": "2027-01-01"}, {"since": day})
            for day in ("2027-99-99", "2027-02-30")
        ),
        *((CLEANING, {"first": day}) for day in ("9999-12-31", "0001-01-01")),
        (CONTRACT, {"begins": "0001-01-01"}),
        (VISIT, {"expected": FAR}),
        ({"kind": "order.raise", "title": "x"}, {"due": FAR}),
        ({"kind": "handover.item", "item": ID, "text": "x"}, {"due": FAR}),
        ({"kind": "ticket.extend", "ticket": "x", "until": 1, "why": "w"}, {"until": FAR}),
        *(({"kind": "order.raise", "title": "x"}, {"title": title}) for title in (" ", "\u200b", "a\u202eb", "x" * 201)),
        ({"kind": "tag.hang", "target": "rack:R1", "text": "x"}, {"target": "room:r1"}),
        ({"kind": "tag.hang", "target": "rack:R1", "text": "x"}, {"text": "  "}),
        (STOCK, {"unit": "\u202e"}),
        (STOCK, {"wanted": "NaN"}),
        (MOVE, {"whom": "a\u2066b"}),
        (MOVE, {"number": "Infinity"}),
        *(({"kind": "duty.plan", "why": "w", "plan": PLAN}, {"plan": PLAN | {"name": name}}) for name in ("a\u202eb", "\x1b[2J")),
        ({"kind": "duty.plan", "why": "w", "plan": PLAN}, {"plan": PLAN | {"slots": [SLOT | {"sign": "\u202e"}]}}),
    ],
)
def test_what_no_calendar_and_no_reader_can_do_with_is_no_act(act: dict[str, Any], slip: dict[str, Any]) -> None:
    whole = {"id": uuid7(1), "deadline": 1}
    assert Command.model_validate({**whole, "act": act}).act.kind == act["kind"]
    with pytest.raises(ValidationError):
        Command.model_validate({**whole, "act": act | slip})


def test_a_calendar_far_ahead_is_not_walked_to_day_by_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0
    plain = maintenance._after

    def counted(*arguments: Any) -> Any:
        nonlocal steps
        steps += 1
        return plain(*arguments)

    monkeypatch.setattr(maintenance, "_after", counted)
    line = {"title": "x", "text": "y", "group": "ups", "every": 1, "unit": "day", "first": "2026-09-21"}
    with house_room(tmp_path) as room:
        room.done("lea", PutMaintenancePlans.model_validate({"plans": [line, line | {"counted": "fixed"}]}))
        found = room.ask(room.maintenance.page(room.at("vic"), 9000))
        assert [len(plan.days) for plan in found.plans] == [365, 365] and steps < 3000


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HouseRoom]:
    with house_room(tmp_path_factory.mktemp("house")) as made:
        yield made


def test_a_tag_whose_target_the_room_has_no_more_forbids_every_write(house: HouseRoom) -> None:
    tag = house.done("ann", HangTag(target="device:ups1", text="有人工作"))["tag"]
    tags, whole = house.tickets.tags, house.room
    assert tags.over("strip.outlet1") is None
    renamed = tuple(replace(one, id="ups-one") if one.id == "ups1" else one for one in whole.devices)
    house.room = replace(whole, devices=renamed, power=tuple(replace(one, device="ups-one") for one in whole.power))
    hung = tags.over("strip.outlet1")
    assert hung is not None and hung.id == tag, "what it is called now nobody can say"
    house.room = whole
    for blank in ("", " ", "\u200b"):
        assert house.refused("lea", RemoveTag(tag=tag, why=blank)) == "reason_needed"
    house.done("lea", RemoveTag(tag=tag, why="工作已完"))
    assert tags.over("strip.outlet1") is None


def test_no_other_configuration_lets_go_what_a_tag_covered(house: HouseRoom) -> None:
    tag = str(house.done("ann", HangTag(target="rack:R1", text="有人工作"))["tag"])
    house.renew()  # as after a restart with another room file: nothing but the record is known
    house.tickets.tags._fresh = {}
    whole, tags = house.room, house.tickets.tags
    house.room = replace(whole, devices=tuple(replace(one, rack=None) for one in whole.devices))
    hung = tags.over("strip.outlet1")
    assert hung is not None and hung.id == tag
    assert house.store.read(lambda conn: hangs_on(conn, {"device:strip"}, "strip.outlet1")) is not None
    house.room = whole
    house.done("ann", RemoveTag(tag=tag))
    assert tags.over("strip.outlet1") is None


def test_days_far_ahead_leave_the_facts_readable(house: HouseRoom) -> None:
    house.done("lea", PlanRotation(title="x", sort="other", days=1100, first="2999-12-31"))
    house.renew()
    assert verify(house.folder, house.clock).findings == []


def test_a_shift_leader_ends_an_operation_whose_two_are_gone(house: HouseRoom) -> None:
    made = house.done("ann", DraftOperation(title="x", steps=[TicketStep(text="1")]))
    id = str(made["ticket"])
    assert house.refused("lea", AbortOperation(ticket=id, why="x")) == "not_in_this_state"
    house.done("ann", StartOperation(ticket=id, operator="ben", password=GOOD))
    assert house.refused("cai", AbortOperation(ticket=id, why="x")) == "not_on_this_ticket"
    house.done("lea", AbortOperation(ticket=id, why="两人已离岗"))


def test_the_operator_has_to_be_on_duty_where_the_room_asks_for_it(house: HouseRoom) -> None:
    id = str(house.done("ann", DraftOperation(title="x", steps=[TicketStep(text="1")]))["ticket"])
    house.people.may_as_duty = lambda account: account == house.ids["ann"]
    try:
        assert house.refused("ann", StartOperation(ticket=id, operator="ben", password=GOOD)) == "not_on_duty"
    finally:
        house.people.may_as_duty = lambda account: True
    house.done("ann", CancelTicket(ticket=id, why="x"))


def test_a_contract_that_is_changed_later_changes_no_call(house: HouseRoom) -> None:
    terms = {"sort": "maintenance", "title": "UPS", "firm": "某公司", "begins": "2026-01-01", "ends": "2027-12-31", "response": 60}
    id, begun = str(house.done("lea", PutContract.model_validate(terms))["contract"]), house.clock.wall()
    call = house.done("ann", CallContractor(contract=id, text="x", reported=begun))["call"]
    house.clock.advance(7200)
    house._sessions.clear()  # they have ended
    house.done("ann", CallStep(call=call, step="arrived", time=house.clock.wall()))
    assert house.figures(begun, house.clock.wall() + 1)["calls.in_time"] == 0
    house.done("lea", PutContract.model_validate({**terms, "id": id, "response": 600}))
    assert house.figures(begun, house.clock.wall() + 1)["calls.in_time"] == 0


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    with walking(tmp_path, FakeClock()) as made:
        yield made


def code(walk: Walk, name: str, act: Any) -> str:
    with pytest.raises(Refused) as caught:
        walk.act(name, act)
    return caught.value.code


def test_nobody_takes_the_place_of_the_round_that_somebody_else_walks(walk: Walk) -> None:
    route = walk.publish()
    own = walk.draft()
    walk.act("dina", BeginRound(id=own.id, route=route))
    foreign = walk.draft(id=own.id, note="never walked")
    assert code(walk, "dora", BeginRound(id=own.id, route=route)) == "patrol_begun"
    assert code(walk, "dora", foreign) == "patrol_begun"
    walk.act("dora", AbandonRound(round=own.id, why="x"))
    assert code(walk, "dora", foreign) == "patrol_begun"
    assert walk.act("dina", own)["round"] == own.id, "what was walked has its place"
    assert code(walk, "dora", foreign) == "patrol_other"


def test_a_wand_whose_clock_was_lost_has_nothing_else_proved_again(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    walk.publish()
    walk.act("dina", walk.draft())
    spans: list[int] = []
    plain = patrol_rows.around

    def around(conn: Connection, begin: int, end: int, reach: int) -> Any:
        spans.append(end - begin)
        return plain(conn, begin, end, reach)

    monkeypatch.setattr(patrolscans.patrol, "around", around)
    now = walk.clock.wall()
    times = (1_000, now - 300_000, now - 200_000)
    scans = [Scan(code=one, time=time, reader="w") for time, one in zip(times, ("T-1", "T-1", "T-2"), strict=True)]
    assert walk.act("dina", TakeScans(source="w.csv", scans=scans)) == {"taken": 3, "known": 0, "matched": 2}
    assert len(spans) == 2 and max(spans) < patrolscans.LONGEST_MS
    assert walk.store.read(lambda conn: conn.execute(select(patrol_round.c.presence)).scalar_one()) == "wand"


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with opened(tmp_path, FakeClock()) as made:
        yield made


def refusal(book: Book, name: str, act: Any) -> str:
    with pytest.raises(Refused) as caught:
        book.act(name, act)
    return caught.value.code


def test_nobody_fills_the_disk_with_files(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MOST_A_DAY", 3 * len(PNG))
    files = [AddAttachment(id=uuid7(n), name=f"{n}.png", content=base64.b64encode(PNG).decode()) for n in range(1, 6)]
    for one in files[:3]:
        book.act("dina", one)
    assert refusal(book, "dina", files[3]) == "attachments_full"
    assert book.act("dina", files[0]) == {"attachment": files[0].id}, "what is there is there"
    assert refusal(book, "dora", files[0]) == "attachment_differs"
    book.act("dora", files[4])


def test_an_entry_under_the_same_id_is_the_same_entry_or_refused(book: Book) -> None:
    now = book.clock.wall()
    trend = Snapshot(begins=now - 60_000, ends=now, points=["ac1.t"])
    first = WriteEntry(id=uuid7(now), time=now, text="漏水", trend=trend, handover=True)
    assert book.act("dina", first) == book.act("dina", first)
    for other in ({"handover": False}, {"trend": trend.model_copy(update={"begins": now - 120_000})}, {"trend": None}):
        assert refusal(book, "dina", first.model_copy(update=other)) == "log_entry_differs", other
    assert refusal(book, "dora", first) == "log_entry_differs"
    [note] = book.store.read(lambda conn: notes.between(conn, now - 60_000, now, 9))
    assert "漏水" not in note.text, "notes are told to consoles at which nobody is logged in"


def test_slow_questions_keep_nobody_from_acting(tmp_path: Path) -> None:
    store = Store.open(tmp_path, SystemClock())
    over, begun = Event(), []

    def slow(_conn: Connection) -> None:
        begun.append(1)
        over.wait(30)

    async def whole() -> None:
        asked = [asyncio.create_task(look_up(store, slow)) for _ in range(20)]
        try:
            while len(begun) < AT_ONCE:
                await asyncio.sleep(0)
            await asyncio.wait_for(asyncio.to_thread(store.read, lambda _conn: None), 20)
            assert len(begun) == AT_ONCE
        finally:
            over.set()
            await asyncio.gather(*asked)

    try:
        asyncio.run(whole())
    finally:
        store.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[HandoverRoom]:
    with handover_room(tmp_path) as made:
        yield made


def at_once(desk: HandoverRoom, *acts: Any) -> list[Any]:
    """Given at the same moment at consoles without a session; how they ended."""
    now = desk.clock.wall()

    async def whole() -> list[Any]:
        sent = (Command(id=uuid7(now), deadline=now + 60_000, act=act) for act in acts)
        consoles = (Credentials(None, f"desk {n}", "local") for n in range(len(acts)))
        return await asyncio.gather(*(desk.commands.command(*one) for one in zip(sent, consoles, strict=True)))

    return desk.loop.run_until_complete(whole())


def test_of_two_who_take_over_at_the_same_moment_one_does(desk: HandoverRoom, tmp_path: Path) -> None:
    offered = desk.offer()
    ended = at_once(desk, *(desk.signs(offered, name, "incoming") for name in ("max", "bob")), desk.signs(offered, "lea", "outgoing"))
    assert sorted((one.outcome, one.code) for one in ended[:2]) == [("done", ""), ("refused", "not_in_this_state")]
    assert ended[2].outcome == "done"
    detail = desk.detail(str(offered["handover"]))
    assert detail.sound and detail.signed is not None and detail.handover.incoming_name in ("Max", "Bob")
    assert verify(tmp_path, desk.clock).findings == []


def test_passwords_are_not_guessed_at_a_signature(desk: HandoverRoom) -> None:
    offered = desk.offer()
    answers = [desk.refused("", desk.signs(offered, "max", "incoming", password=f"guess {n}")) for n in range(8)]
    assert set(answers) == {"wrong_name_or_password", "too_many_attempts"}
    assert desk.refused("", desk.signs(offered, "max", "incoming")) == "too_many_attempts", "nor by whoever guessed right at last"
    with pytest.raises(Refused, match="too_many_attempts"):
        desk.people.login("max", GOOD, DESK, DESK)
    answers = [desk.refused("", desk.signs(offered, f"made up {n}", "incoming", password="x")) for n in range(3)]
    assert set(answers) == {"too_many_attempts"}, "nor names at this console"
