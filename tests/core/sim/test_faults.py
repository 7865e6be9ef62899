"""Faults come and go; the story starts and ends its own and no others, and is silent while a person plays."""

from cityops_desktop.sim.faults import Fault, FaultKind, Faults
from cityops_desktop.sim.plant import Plant
from cityops_desktop.sim.story import Scene, Story
from tests.core.sim import small_room

WET = Fault(FaultKind.LEAK, "leak3", 12.5)


def test_a_fault_is_there_until_it_is_stopped():
    faults = Faults()
    faults.start(WET)
    assert faults.has(FaultKind.LEAK, "leak3") and faults.amount(FaultKind.LEAK, "leak3") == 12.5
    assert not faults.has(FaultKind.LEAK, "leak4") and not faults.has(FaultKind.DEAD_SLAVE, "leak3")
    faults.start(Fault(FaultKind.LEAK, "leak3", 20.0))
    assert faults.amount(FaultKind.LEAK, "leak3") == 20.0
    faults.stop(FaultKind.LEAK, "leak3")
    faults.stop(FaultKind.LEAK, "leak3")
    assert not faults.has(FaultKind.LEAK, "leak3") and faults.amount(FaultKind.LEAK, "leak3") == 0


def test_a_scene_lasts_from_its_start_to_its_end_in_every_round():
    story = Story([Scene(40, 100, WET)])
    for second, wet in ((0, False), (39.9, False), (40, True), (99.9, True), (100, False), (599, False), (640, True), (700, False)):
        assert story.at(second) == ((WET,) if wet else ()), second


def test_what_the_story_plays_leaves_a_persons_faults_alone():
    faults = Faults()
    faults.start(Fault(FaultKind.LEAK, "leak3", 3.0))
    faults.play((WET,))
    assert faults.amount(FaultKind.LEAK, "leak3") == 3.0
    faults.play(())
    assert faults.ordered and not faults.played and faults.has(FaultKind.LEAK, "leak3")
    faults.play((WET,))
    faults.stop(FaultKind.LEAK, "leak3")
    assert faults.amount(FaultKind.LEAK, "leak3") == 12.5


def test_all_faults_of_a_kind_and_none_twice():
    faults = Faults()
    faults.play((WET,))
    faults.start(Fault(FaultKind.LEAK, "leak3", 3.0))
    faults.start(Fault(FaultKind.LEAK, "leak4", 4.0))
    assert [fault.amount for fault in faults.active(FaultKind.LEAK)] == [3.0, 4.0]
    assert faults.any(FaultKind.LEAK) and not faults.any(FaultKind.MAINS_LOSS)


def test_the_story_pauses_while_a_person_plays_and_when_it_is_switched_off():
    plant = Plant(small_room.room(), story=Story([Scene(0, 600, Fault(FaultKind.LEAK, "rope", 5.0))]))
    faults = plant.physics.faults
    plant.step(1)
    assert faults.played
    faults.start(Fault(FaultKind.DEAD_SLAVE, "th"))
    plant.step(1)
    assert not faults.played
    faults.stop(FaultKind.DEAD_SLAVE, "th")
    plant.step(1)
    assert faults.played
    plant.playing = False
    plant.step(1)
    assert not faults.played
