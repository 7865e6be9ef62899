"""What wires have taught is kept, shared by devices of one profile, and believed no longer than it is true."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.audit.verify import verify
from cityops_desktop.model.drivers import Learned
from cityops_desktop.model.points import Group, Names
from cityops_desktop.model.rooms import Bus, Device, Room
from cityops_desktop.station.learning import Learning, known
from cityops_desktop.store import learned as table
from cityops_desktop.store.learned import Taught
from cityops_desktop.store.schema import change
from cityops_desktop.store.store import Store

NAMES = Names("名", "name")
HOLE = frozenset({"holding 13"})


def room(**profiles: str) -> Room:
    devices = tuple(Device(id, "b", NAMES, Group.UPS, None, (), profile=profile) for id, profile in profiles.items())
    return Room("r", NAMES, "c/d/s/r", "UTC", "v", buses=(Bus("b", "modbus-rtu", NAMES, None),), devices=devices)


@pytest.fixture
def store(tmp_path, clock):
    opened = Store.open(tmp_path, clock)
    yield opened
    opened.close()


def rows(store):
    store.write(lambda conn: None).result()  # what was ordered before is written
    return {row.device: row for row in store.read(table.read)}


def test_a_missing_place_is_known_after_a_restart_for_every_device_of_the_profile(store, clock):
    hall = room(ups1="ups", ups2="ups", meter="meter", handmade="", other="")
    run = Learning(hall, clock, store)
    assert run.load() == {}
    run.take({"ups1": Learned(0.02, HOLE), "handmade": Learned(missing=frozenset({"coil 3"}))})
    assert rows(store)["ups1"] == Taught("ups1", "ups", HOLE)
    assert Learning(hall, clock, store).load() == {
        "ups1": Learned(missing=HOLE),
        "ups2": Learned(missing=HOLE),
        "handmade": Learned(missing=frozenset({"coil 3"})),
    }


def test_how_soon_a_device_answers_is_no_record(store, clock):
    run = Learning(room(ups1="ups"), clock, store)
    run.load()
    run.take({"ups1": Learned(0.02)})
    run.take({"ups1": Learned(0.05)})
    assert rows(store) == {}


def test_what_is_learned_twice_is_recorded_once_and_stands_in_the_change_log(store, clock):
    run = Learning(room(ups1="ups"), clock, store)
    run.load()
    run.take({"ups1": Learned(missing=HOLE)})
    run.take({"ups1": Learned(0.04, HOLE)})
    rows(store)
    told = store.read(lambda conn: [(row.kind, row.subject, row.actor) for row in conn.execute(change.select())])
    assert told == [("device.learned", "learned:ups1", "station")]
    assert verify(store.data, clock).findings == []


def test_a_place_that_answers_again_is_forgotten(store, clock):
    hall = room(ups1="ups", ups2="ups")
    run = Learning(hall, clock, store)
    run.load()
    run.take({"ups1": Learned(missing=HOLE | {"holding 40"})})
    rows(store)
    run = Learning(hall, clock, store)
    assert run.load()["ups1"].missing == HOLE | {"holding 40"}
    run.take({"ups1": Learned(missing=frozenset({"holding 40"}))})
    assert rows(store)["ups1"] == Taught("ups1", "ups", frozenset({"holding 40"}), HOLE)
    assert Learning(hall, clock, store).load() == dict.fromkeys(("ups1", "ups2"), Learned(missing=frozenset({"holding 40"})))


def test_two_firmwares_of_one_model_are_each_known_by_themselves_and_the_records_rest(store, clock):
    hall = room(old="ups", new="ups", third="ups")
    run = Learning(hall, clock, store)
    run.load()
    run.take({"old": Learned(missing=HOLE)})
    for _ in range(3):
        rows(store)
        run = Learning(hall, clock, store)
        if "new" in run.load():
            run.take({"new": Learned()})
    assert Learning(hall, clock, store).load() == {"old": Learned(missing=HOLE)}
    assert len(store.read(lambda conn: conn.execute(change.select()).all())) == 2


def test_another_model_under_the_same_id_begins_anew(store, clock):
    run = Learning(room(ups1="ups"), clock, store)
    run.load()
    run.take({"ups1": Learned(missing=HOLE)})
    rows(store)
    assert Learning(room(ups1="meter", ups2="ups"), clock, store).load() == {"ups2": Learned(missing=HOLE)}


def test_a_row_that_makes_no_sense_is_left_out(store, clock, expected_log):
    run = Learning(room(ups1="ups", ups2="ups"), clock, store)
    run.load()
    run.take({"ups1": Learned(missing=HOLE), "ups2": Learned(missing=HOLE)})
    rows(store)
    store.write(lambda conn: conn.exec_driver_sql("UPDATE learned SET missing = '[1, {]' WHERE id = 'ups1'")).result()
    expected_log("what was learned of ups1 is left out")
    assert Learning(room(ups1="ups"), clock, store).load() == {"ups1": Learned(missing=HOLE)}


WORDS = st.frozensets(st.sampled_from(["holding 1", "holding 2", "input 9", "holding >20"]))


@given(st.dictionaries(st.sampled_from("abcd"), st.tuples(WORDS, WORDS)))
def test_what_a_device_did_itself_always_counts_more(told):
    taught = [Taught(id, "ups", missing - answering, answering) for id, (missing, answering) in told.items()]
    found = known(taught, room(a="ups", b="ups", c="ups", d="ups").devices)
    for row in taught:
        words = found[row.device].missing if row.device in found else frozenset()
        assert row.missing <= words
    answered = frozenset().union(*(row.answering for row in taught))
    for id in set("abcd") - {row.device for row in taught}:
        assert not (found[id].missing if id in found else frozenset()) & answered
