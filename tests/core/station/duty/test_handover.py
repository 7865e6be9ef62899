"""A handover at the station: frozen, read, refused, signed by both with their own credentials; blocked, late, held; every byte provable."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection

from cityops_desktop.audit import papers
from cityops_desktop.audit.report import Finding
from cityops_desktop.audit.verify import verify
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.handover import CloseItem, OfferHandover, PutItem, RefuseHandover, SignHandover, WithdrawHandover
from cityops_desktop.link.duty.now import DutyInfo
from cityops_desktop.link.duty.sheet import SheetRow, SheetSection
from cityops_desktop.model.alarms import Alarm, AlarmState
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.points import Level
from cityops_desktop.model.rooms import DutyRules
from cityops_desktop.people import accounts
from cityops_desktop.store import alarms, record
from cityops_desktop.store.schema import incident
from tests.conftest import FakeClock
from tests.core.people.site import CHEAP, GOOD
from tests.core.station.duty.handoverroom import DESK, HOUR, TURN, HandoverRoom, handover_room


@pytest.fixture
def house(tmp_path: Path) -> Iterator[HandoverRoom]:
    with handover_room(tmp_path) as made:
        yield made


def test_from_the_freeze_to_the_second_signature(house: HandoverRoom, tmp_path: Path) -> None:
    house.alarm(Level.MAJOR, AlarmState.ACKNOWLEDGED, acknowledged=house.clock.wall(), actor="x", actor_name="Ann")
    house.reads(28.5)
    house.others = [SheetSection(id="patrol", title="Patrols", rows=[SheetRow(words="Patrol due", front="due")])]
    house.clock.advance(5 * 3600 - 600)  # ten minutes before the end of the turn
    offered = house.offer(remark="UPS 2 smells, look at it hourly")
    page = house.page("bob")
    assert page.current is not None
    sheet = page.current.sheet
    assert (sheet.number, sheet.round, sheet.turn) == (offered["number"], 1, "白班")
    assert (sheet.begin, sheet.end, sheet.frozen) == (house.crews.begin, house.crews.begin + TURN, house.clock.wall())
    assert [one.name for one in sheet.crew] == ["Lea", "Ann"]
    assert [one.name for one in sheet.next] == ["Max", "Bob"]
    assert "UPS 2" in sheet.remark
    assert sheet.log.seq > 0
    assert {one.id for one in sheet.sections} >= {"patrol", "alarms", "hidden", "incidents", "items", "stock", "limits", "trends", "rules"}
    [alarm, summary] = house.rows(page.current, "alarms")
    assert (alarm.front, summary.front) == ("abnormal", "changed")
    assert "30.0 °C" in str(alarm.params["alarm"])
    assert "温湿度1 温度" in str(alarm.params["alarm_zh"])
    [near] = house.rows(page.current, "trends")
    assert near.params["value"] == "28.5 °C"

    info = DutyInfo()
    house.part.tell(info, house.clock.wall())
    assert info.handover is not None
    assert info.handover.state == "offered"

    # what comes after the freeze stands in a block of its own, and belongs to those who hand on
    house.clock.advance(900)  # the turn has ended meanwhile: the crew that froze the sheet still has the room
    held = house.part.holding()
    assert held is not None
    assert sheet.begin <= held.frozen < sheet.end
    late = house.alarm(Level.MINOR, AlarmState.ACKNOWLEDGED, acknowledged=house.clock.wall(), actor="x", actor_name="Ann")
    assert house.refused("", house.signs(offered, "max", "outgoing")) == "not_outgoing"
    assert house.refused("", house.signs(offered, "lea", "incoming")) == "same_person"
    assert house.refused("", house.signs(offered, "vic", "incoming")) == "no_right"
    assert house.refused("", house.signs(offered, "max", "incoming", password="wrong")) == "wrong_name_or_password"
    assert house.refused("", house.signs(offered, "max", "incoming", hash="0" * 64)) == "other_sheet"
    assert house.done("", house.signs(offered, "lea", "outgoing"))["state"] == "told"
    assert house.refused("", house.signs(offered, "lea", "outgoing")) == "not_in_this_state"
    house.clock.advance(60)
    assert house.done("", house.signs(offered, "max", "incoming", asked=[2, 1, 2]))["state"] == "accepted"

    detail = house.detail(str(offered["handover"]))
    assert detail.sound
    signed = detail.signed
    assert signed is not None
    assert signed.sheet == detail.handover.hash == offered["hash"]
    assert (signed.outgoing.name, signed.incoming.name, signed.incoming.planned) == ("Lea", "Max", True)
    assert signed.accepted == signed.incoming.time == house.clock.wall()
    assert signed.asked == [1, 2]
    assert [row.link for row in signed.during] == [f"alarm:{late.id}"] * 2
    assert house.part.holding() is None
    assert house.page().current is None
    assert house.page().former[0].accepted == signed.accepted
    assert house.refused("max", OfferHandover(handover=str(offered["handover"]))) == "not_in_this_state"
    kinds = house.kinds()
    assert kinds.index("handover.taken") < kinds.index("audit.head") < kinds.index("handover_paper.signed")
    assert verify(tmp_path, house.clock).findings == []


def test_refused_with_a_reason_and_frozen_anew(house: HandoverRoom) -> None:
    offered = house.offer()
    given = house.done("", house.signs(offered, "lea", "outgoing"))
    assert given["state"] == "told"
    refusal = {"handover": offered["handover"], "hash": offered["hash"], "why": "钥匙少一把"}
    assert house.refused("", RefuseHandover(**refusal, name="lea", password=GOOD)) == "same_person"
    house.done("", RefuseHandover(**refusal, name="max", password=GOOD))
    current = house.page().current
    assert current is not None
    assert (current.handover.state, current.handover.why, current.handover.refused_name) == ("refused", "钥匙少一把", "Max")
    assert current.handover.given is None, "a refusal takes the signatures away"
    assert house.refused("", house.signs(offered, "max", "incoming")) == "not_in_this_state"

    house.clock.advance(60)
    again = house.offer(id=str(offered["handover"]), remark="钥匙找到了")
    assert again["number"] == offered["number"]
    assert again["hash"] != offered["hash"]
    assert house.refused("", house.signs(offered, "max", "incoming")) == "other_sheet", "signed is what was read"
    house.done("", house.signs(again, "max", "incoming"))
    assert house.done("", house.signs(again, "lea", "outgoing"))["state"] == "accepted", "in either order"
    detail = house.detail(str(offered["handover"]))
    assert [one.kind for one in detail.papers] == ["frozen", "frozen", "signed"]
    assert detail.sheet.round == 2


def test_only_one_at_a_time_and_by_those_whose_turn_it_is(house: HandoverRoom) -> None:
    assert house.refused("max", OfferHandover(handover=uuid7(house.clock.wall()))) == "not_outgoing"
    house.crews.here = {"lea"}
    assert house.refused("ann", OfferHandover(handover=uuid7(house.clock.wall()))) == "not_outgoing", "the leader of the crew is here"
    assert [one.name for one in house.page().may] == ["Lea"]
    house.crews.here = {"ann"}
    offered = house.offer("lea")
    assert house.refused("ann", OfferHandover(handover=uuid7(house.clock.wall()))) == "handover_under_way"
    assert house.refused("ann", WithdrawHandover(handover=str(offered["handover"]), why="x")) == "not_outgoing"
    house.done("max", WithdrawHandover(handover=str(offered["handover"]), why="nobody has come"))
    assert house.page().current is None
    house.crews.planned = False
    assert house.offer("bob")["number"] != offered["number"], "nobody is known: anybody with the right"


def test_a_critical_alarm_or_a_handled_incident_blocks_it(house: HandoverRoom) -> None:
    alarm = house.alarm()
    offer = OfferHandover(handover=uuid7(house.clock.wall()))
    assert house.refused("lea", offer) == "emergency_alarm"
    [blocked] = house.page().blocked
    assert blocked.link == f"alarm:{alarm.id}"
    seen = alarm.with_state(AlarmState.ACKNOWLEDGED, acknowledged=house.clock.wall(), actor="x", actor_name="Lea")
    house.people.write(lambda conn: _save(conn, seen, house))
    offered = house.offer()
    house.done("", house.signs(offered, "lea", "outgoing"))
    _open_incident(house, "handling")
    assert house.refused("", house.signs(offered, "max", "incoming")) == "emergency_incident", (
        "what comes meanwhile belongs to the outgoing"
    )
    assert house.page().blocked[0].params["number"] == "2026-007"
    _open_incident(house, "recovered")
    assert house.done("", house.signs(offered, "max", "incoming"))["state"] == "accepted"


def test_nobody_took_over_in_time(house: HandoverRoom, clock: FakeClock) -> None:
    end = house.crews.begin + TURN
    house.clock.advance((end - house.clock.wall()) / 1000 + 29 * 60)
    assert list(house.part.standing(house.clock.wall())) == []
    house.clock.advance(60)
    [late] = house.part.standing(house.clock.wall())
    assert late.cause == "handover_late"
    assert late.detail.startswith("白班")
    assert house.page().late == end + 30 * 60_000
    assert house.part.holding() is None, "this crew never took over by signature: nobody is bound by a plan alone"
    # it is still the turn that is over which is handed on, by its own crew
    assert house.refused("max", OfferHandover(handover=uuid7(house.clock.wall()))) == "not_outgoing"
    offered = house.offer("ann")
    assert house.detail(str(offered["handover"])).sheet.end == end
    house.done("", house.signs(offered, "ann", "outgoing"))
    house.done("", house.signs(offered, "bob", "incoming"))
    assert list(house.part.standing(house.clock.wall())) == []
    # the crew that took over by signature stays bound until it hands on
    house.clock.advance((end + TURN - house.clock.wall()) / 1000 + 60)
    held = house.part.holding()
    assert held is not None
    assert (held.state, held.frozen) == ("late", end + TURN - 1)
    figures = house.store.read(lambda conn: house.part.figures(conn, 0, house.clock.wall()))
    assert (figures["handovers"], figures["handovers.late"]) == (1.0, 1.0)
    object.__setattr__(house.room, "duty", DutyRules(handover=0))
    house.clock.advance(3 * 3600)
    assert list(house.part.standing(house.clock.wall())) == []


def test_badge_and_pin_sign_where_that_person_logged_in(house: HandoverRoom) -> None:
    here = house.at("max")
    _give_badge(house, "max")
    offered = house.offer()
    told = {"handover": offered["handover"], "hash": offered["hash"], "side": "incoming", "badge": "BADGE-77"}
    elsewhere = house.give(Credentials(None, DESK, "local"), SignHandover(**told, pin="739154"))
    assert elsewhere.code == "wrong_badge"
    assert house.give(here, SignHandover(**told, pin="000000")).code == "wrong_pin"
    for _ in range(4):
        assert house.give(here, SignHandover(**{**told, "hash": "0" * 64}, pin="739154")).code == "other_sheet", (
            "a right PIN is no wrong one"
        )
    assert house.give(here, SignHandover(**told, pin="739154")).data["state"] == "taken"
    house.done("", house.signs(offered, "lea", "outgoing"))
    signed = house.detail(str(offered["handover"])).signed
    assert signed is not None
    assert (signed.incoming.way, signed.outgoing.way) == ("badge", "password")


def test_open_matters_return_each_turn_until_closed(house: HandoverRoom) -> None:
    item = uuid7(house.clock.wall())
    house.done("ann", PutItem(item=item, text="等备件：风机轴承", due=None))
    dated = uuid7(house.clock.wall())
    house.done("ann", PutItem(item=dated, text="return the key", due=house.clock.wall() + 14 * HOUR))
    house.clock.advance(4.5 * 3600)
    first = house.offer()
    rows = house.rows(house.detail(str(first["handover"])), "items")
    assert [row.front for row in rows] == ["changed", "due"]
    for name, side in (("lea", "outgoing"), ("max", "incoming")):
        house.done("", house.signs(first, name, side))
    house.clock.advance(8 * 3600)
    second = house.offer("max")
    assert [row.front for row in house.rows(house.detail(str(second["handover"])), "items")] == ["abnormal", "due"]
    house.done("bob", CloseItem(item=item, text="bearing changed"))
    assert house.refused("bob", CloseItem(item=item, text="again")) == "item_closed"
    third = house.offer("max", id=str(second["handover"]))
    told = house.rows(house.detail(str(third["handover"])), "items")
    assert [row.words.split(":")[0] for row in told] == ["Until {due_at}", "Done"]


def test_since_my_last_shift(house: HandoverRoom) -> None:
    offered = house.offer()
    house.done("", house.signs(offered, "lea", "outgoing"))
    house.done("", house.signs(offered, "max", "incoming"))
    signed = house.clock.wall()
    house.clock.advance(3600)
    house.alarm(Level.MINOR)
    told = house.ask(house.part.since(house.at("ann")))
    assert (told.since, told.signed) == (signed, True), "all of the crew that handed on"
    assert any(row.front == "abnormal" for row in next(one for one in told.sections if one.id == "alarms").rows)
    never = house.ask(house.part.since(house.at("bob")))
    assert not never.signed
    assert never.now - never.since == 12 * HOUR


def test_any_byte_of_a_stored_or_exported_sheet_is_found(house: HandoverRoom, tmp_path: Path) -> None:
    offered = house.offer(remark="一切正常")
    house.done("", house.signs(offered, "lea", "outgoing"))
    house.done("", house.signs(offered, "max", "incoming"))
    name, data = house.ask(house.part.file(str(offered["handover"]), house.at("vic")))
    assert name == f"handover-{offered['number']}.json"
    checked = papers.check(data)
    assert checked.findings == ()
    assert [one["kind"] for one in checked.papers] == ["frozen", "signed"]
    step = max(1, len(data) // 400)
    for place in [*range(0, len(data), step), *range(len(data) - 700, len(data))]:
        for flip in (0x01, 0x20):
            changed = bytearray(data)
            changed[place] ^= flip
            assert papers.check(bytes(changed)).findings, (place, flip, data[place - 10 : place + 10])
    for cut in (data[:-1], data + b" ", data + b"\n", b"", b"{}", b"[]", b"\xff"):
        assert papers.check(cut).findings
    one = json.loads(data)
    one["papers"].reverse()
    assert papers.check(json.dumps(one, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).findings == ()
    one["papers"].pop(next(n for n, paper in enumerate(one["papers"]) if '"frozen"' in paper["text"]))
    torn = json.dumps(one, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert papers.check(torn).findings == (("other_sheet", "1"),)

    for column, value in (("text", "text || ' '"), ("hash", "upper(hash)"), ("signature", "upper(signature)"), ("public", "upper(public)")):
        found = _tampered(house, tmp_path, f"UPDATE handover_paper SET {column} = {value}")
        assert "paper_altered" in {finding.code for finding in found}, column
        assert "record_differs" in {finding.code for finding in found}, column
    assert _tampered(house, tmp_path, "UPDATE handover SET accepted = accepted + 1")


def test_the_same_offer_twice_is_one_and_no_key_is_said(house: HandoverRoom, tmp_path: Path) -> None:
    act, id = OfferHandover(handover=uuid7(house.clock.wall())), uuid7(house.clock.wall())
    assert house.give(house.at("lea"), act, id).outcome == house.give(house.at("lea"), act, id).outcome == "done"
    assert house.kinds().count("handover.offered") == 1
    (tmp_path / "sign.key").unlink()
    assert house.refused("lea", OfferHandover(handover=str(act.handover))) == "no_signing_key"


def _save(conn: Connection, alarm: Alarm, house: HandoverRoom) -> list[int]:
    return alarms.save(conn, alarm, house.clock.wall())


def _open_incident(house: HandoverRoom, state: str) -> None:
    now = house.clock.wall()
    row: dict[str, object] = {column.name: "" for column in incident.columns}
    row |= {"id": "i1", "number": "2026-007", "title": "冷却中断", "begun": now, "found": now, "opened": now, "state": state, "impact": 0}
    row |= {"grade": None, "alarms": "[]", "recovered": None, "closed": None}
    house.people.write(lambda conn: record.put(conn, incident, row, kind="incident.moved", actor="x", time=now))


def _give_badge(house: HandoverRoom, name: str) -> None:
    """Badge and PIN of a person, as own.badge and own.pin set them."""
    door, id = house.people.door, house.ids[name]
    values = {"badge": door.badge_digest("BADGE-77"), "pin": CHEAP.hash(door.sealed_pin(id, "739154"))}
    house.people.write(lambda conn: accounts.change(conn, id, values, kind="account.changed", actor=id, time=house.clock.wall()))


def _tampered(house: HandoverRoom, folder: Path, statement: str) -> list[Finding]:
    """What the verification says of a copy that somebody changed past the program."""
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(mode=0o700)
    for name in ("records.db", "records.db-wal", "sign.pub"):
        if (folder / name).exists():
            shutil.copy2(folder / name, copy / name)
    conn = sqlite.connect(copy / "records.db")
    conn.execute(statement)
    conn.commit()
    conn.close()
    return verify(copy, house.clock).findings
