"""Faults come and go; the story starts and ends its own and no others."""

from cityops_desktop.sim.faults import Fault, FaultKind, Faults, Scene, Story

WET = Fault(FaultKind.WET_LEAK, "leak3", 12.5)


def test_a_fault_is_there_until_it_is_stopped():
    faults = Faults()
    faults.start(WET)
    assert faults.has(FaultKind.WET_LEAK, "leak3") and faults.amount(FaultKind.WET_LEAK, "leak3") == 12.5
    assert not faults.has(FaultKind.WET_LEAK, "leak4") and not faults.has(FaultKind.DEAD_UNIT, "leak3")
    faults.start(Fault(FaultKind.WET_LEAK, "leak3", 20.0))
    assert faults.amount(FaultKind.WET_LEAK, "leak3") == 20.0
    faults.stop(FaultKind.WET_LEAK, "leak3")
    faults.stop(FaultKind.WET_LEAK, "leak3")
    assert not faults.has(FaultKind.WET_LEAK, "leak3") and faults.amount(FaultKind.WET_LEAK, "leak3") == 0


def test_a_scene_lasts_from_its_start_to_its_end_in_every_round():
    story, faults = Story([Scene(40, 100, WET)]), Faults()
    for second, wet in ((0, False), (39.9, False), (40, True), (99.9, True), (100, False), (599, False), (640, True), (700, False)):
        story.play(second, faults)
        assert faults.has(FaultKind.WET_LEAK, "leak3") is wet, second


def test_the_story_leaves_other_faults_alone():
    story, faults = Story([Scene(40, 100, WET)]), Faults()
    other = Fault(FaultKind.DEAD_UNIT, "th-a01")
    faults.start(other)
    story.play(50, faults)
    story.play(120, faults)
    assert faults.has(FaultKind.DEAD_UNIT, "th-a01") and not faults.has(FaultKind.WET_LEAK, "leak3")
