"""Holding and releasing points from outside, line by line."""

import json
import os
import threading
from pathlib import Path

import pytest

from cityops_desktop.sim import control
from cityops_desktop.sim.faults import Story
from cityops_desktop.sim.plant import Plant
from tests.core.sim import small_room


@pytest.fixture
def plant():
    return Plant(small_room.room(), story=Story(()))


def words(plant, bus, table):
    return plant.units[bus][0].tables[table].words


def say(plant, clock, **message):
    return json.loads(control.answer(json.dumps(message), plant, clock))


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
    ],
)
def test_what_cannot_be_done_is_answered_and_changes_nothing(plant, clock, line):
    before = list(words(plant, "line", "input"))
    answer = json.loads(control.answer(line, plant, clock))
    assert answer["ok"] is False and answer["error"]
    assert words(plant, "line", "input") == before
    plant.step(1.0)


def test_lines_arrive_whole_and_the_end_is_told():
    lines, ended = [], threading.Event()
    read, write = os.pipe()
    thread = control.listen(read, lines.append, ended.set)
    os.write(write, b'{"set"')
    os.write(write, ': "室", "value": 1}\n\n{"release": "a.b"}\nrest'.encode())
    os.close(write)
    assert ended.wait(10)
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
