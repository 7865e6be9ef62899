"""Holding and releasing points from outside, line by line."""

import json
import os
import threading
from pathlib import Path

import pytest

from cityops_desktop.sim import control
from cityops_desktop.sim.faults import FaultKind
from cityops_desktop.sim.plant import Plant
from cityops_desktop.sim.story import Story
from tests.core.sim import small_room


@pytest.fixture
def plant():
    return Plant(small_room.room(), story=Story(()))


def words(plant, bus, table):
    return plant.units[bus][0].tables[table].words


def say(plant, clock, **message):
    return json.loads(control.Control(plant, clock).answer(json.dumps(message)))


def test_a_set_point_changes_at_once_and_stays(plant, clock):
    assert say(plant, clock, set="th.t", value=31.5) == {"ok": True, "time": clock.wall()}
    assert words(plant, "line", "input")[0] == 315
    plant.step(1.0)
    assert words(plant, "line", "input")[0] == 315
    assert words(plant, "line", "input")[1] != 315


def test_a_released_point_follows_the_physics_again(plant, clock):
    say(plant, clock, set="th.t", value=60)
    assert say(plant, clock, release="th.t")["ok"]
    assert words(plant, "line", "input")[0] == 600
    plant.step(1.0)
    assert 200 < words(plant, "line", "input")[0] < 260


def test_bits_and_texts_can_be_set(plant, clock):
    assert say(plant, clock, set="rope.wet", value=1)["ok"]
    assert words(plant, "server", "coil") == [1]
    assert say(plant, clock, set="thing.name", value="abc")["ok"]
    assert words(plant, "gateway", "holding")[:2] == [0x6162, 0x6300]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nonsense",
        "[]",
        '{"set": "th.t"}',
        '{"set": "th.t", "value": null}',
        '{"set": "th.t", "value": 1, "more": 2}',
        '{"set": "th.t", "value": 5000}',
        '{"set": "th.t", "value": NaN}',
        '{"set": "th.t", "value": "warm"}',
        '{"set": "th.none", "value": 1}',
        '{"release": "th.none"}',
        '{"release": 3}',
        '{"fault": "start"}',
        '{"fault": "start", "kind": "mains_loss", "more": 1}',
        '{"fault": "start", "kind": "leak", "subject": 3}',
        '{"fault": "start", "kind": "leak", "subject": "rope", "amount": "much"}',
        '{"fault": "stop", "kind": "nothing"}',
        '{"story": "yes"}',
        '{"speed": true}',
        '{"speed": 0.5}',
        '{"speed": NaN}',
    ],
)
def test_what_cannot_be_done_is_answered_and_changes_nothing(plant, clock, line):
    before = list(words(plant, "line", "input"))
    answer = json.loads(control.Control(plant, clock).answer(line))
    assert answer["ok"] is False and answer["error"]
    assert words(plant, "line", "input") == before
    plant.step(1.0)


@pytest.mark.parametrize(
    "line",
    ["[" * 100_000, f'{{"set": "th.t", "value": 1{"0" * 400}}}', f'{{"fault": "start", "kind": "mains_loss", "amount": 1{"0" * 400}}}'],
    ids=["deep", "endless value", "endless amount"],
)
def test_what_no_computer_can_count_is_answered_too(plant, clock, line):
    assert json.loads(control.Control(plant, clock).answer(line))["ok"] is False
    plant.step(1.0)


def test_faults_start_with_what_is_usual_and_stop_one_by_one_or_together(plant, clock):
    orders = control.Control(plant, clock)
    assert orders.obey({"fault": "start", "kind": "leak"})["fault"] == {
        "kind": "leak",
        "subject": "rope",
        "amount": 12.5,
        "since": clock.wall(),
    }
    orders.obey({"fault": "start", "kind": "dead_slave", "subject": "th"})
    orders.obey({"fault": "start", "kind": "dead_slave", "subject": "thing"})
    orders.obey({"fault": "start", "kind": "noise", "subject": "line", "amount": 50})
    assert [each["kind"] for each in orders.obey({"fault": "list"})["active"]] == ["leak", "dead_slave", "dead_slave", "noise"]
    assert orders.obey({"fault": "stop", "kind": "dead_slave", "subject": "th"}) == {"stopped": 1}
    assert orders.obey({"fault": "stop", "kind": "dead_slave"}) == {"stopped": 1}
    assert orders.obey({"fault": "stop", "kind": "dead_slave"}) == {"stopped": 0}
    assert orders.obey({"fault": "stop"}) == {"stopped": 2}
    assert orders.obey({"fault": "list"})["active"] == []


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ({"kind": "hot_spots"}, "there is no fault"),
        ({"kind": "dead_slave"}, "needs a subject"),
        ({"kind": "dead_slave", "subject": "thh"}, "cannot have"),
        ({"kind": "mains_loss", "subject": "th"}, "has no subject"),
        ({"kind": "mains_loss", "amount": 3}, "has no amount"),
        ({"kind": "leak", "amount": 1000}, "out of range"),
        ({"kind": "noise", "subject": "gateway"}, "cannot have"),
        ({"kind": "hot_spot", "subject": "A01"}, "there is no fault"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(plant, clock, order, says):
    answer = say(plant, clock, fault="start", **order)
    assert not answer["ok"] and says in answer["error"] and answer["problem"]["do"]
    assert plant.physics.faults.ordered == ()


def test_kinds_are_those_that_this_room_can_have(plant, clock):
    kinds = {each["kind"]: each for each in control.Control(plant, clock).obey({"fault": "kinds"})["kinds"]}
    assert [subject["id"] for subject in kinds["leak"]["subjects"]] == ["rope"]
    assert [subject["id"] for subject in kinds["noise"]["subjects"]] == ["line", "server"]
    assert kinds["mains_loss"]["subjects"] == []
    assert "generator_fails" not in kinds and "air_conditioner_fails" not in kinds
    assert kinds["slow_slave"]["unit"] == "s" and kinds["slow_slave"]["least"] < kinds["slow_slave"]["usual"] < kinds["slow_slave"]["most"]


def test_story_and_speed_are_switched(plant, clock):
    orders = control.Control(plant, clock)
    orders.obey({"story": False})
    orders.obey({"speed": 10})
    assert not plant.playing and orders.speed == 10
    told = orders.obey({"fault": "list"})
    assert told["story"] is False and told["speed"] == 10
    orders.obey({"story": True})
    assert plant.playing and not plant.physics.faults.any(FaultKind.LEAK)


def test_lines_arrive_whole_and_the_end_is_told():
    lines, ended = [], threading.Event()
    read, write = os.pipe()
    thread = control.listen(read, lines.append, ended.set)
    os.write(write, b'{"set"')
    os.write(write, ': "室", "value": 1}\n\n{"release": "a.b"}\nrest'.encode())
    os.close(write)
    assert ended.wait(30)
    thread.join()
    os.close(read)
    assert lines == ['{"set": "室", "value": 1}', '{"release": "a.b"}']


def test_only_a_pipe_has_an_end_that_means_stop(tmp_path):
    read, write = os.pipe()
    with Path(os.devnull).open() as null, (tmp_path / "x").open("w") as file:
        assert control.is_pipe(read)
        assert not control.is_pipe(null.fileno())
        assert not control.is_pipe(file.fileno())
    os.close(read)
    os.close(write)
    assert not control.is_pipe(write)
