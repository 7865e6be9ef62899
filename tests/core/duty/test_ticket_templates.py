"""The templates of operation tickets that come with the program: complete in both languages, and what their steps find in a room."""

from cityops_desktop.duty.tickettemplates import Bound, StepTemplate, bound, templates
from cityops_desktop.link.duty.tickets import MOST_STEPS, TicketStep
from cityops_desktop.model.points import Names
from cityops_desktop.model.power import PowerKind, PowerNode, PowerRole

N = Names("x", "x")
STATES = {"ups.mode": {1: ("在线", "online"), 3: ("静态旁路", "static bypass"), 4: ("维修旁路", "maintenance bypass")}}


def test_every_template_can_be_sent_as_a_ticket() -> None:
    found = templates()
    assert {"ups-bypass", "ups-back", "ats-transfer", "generator-test", "battery-isolate", "ac-changeover"} == {one.id for one in found}
    for one in found:
        assert 0 < len(one.steps) <= MOST_STEPS and one.names.zh and one.names.en and one.hazards.zh and one.hazards.en
        for step in one.steps:
            assert TicketStep(text=step.zh) and TicketStep(text=step.en)
            assert (step.role is None) == (step.low is None and step.high is None and not step.says and step.source is None)


def test_a_step_finds_its_point_by_role_and_its_states_by_words() -> None:
    node = PowerNode("n", N, PowerKind.UPS, points={PowerRole.STATE: "ups.mode", PowerRole.VOLTAGE: "ups.volts"})
    volts = StepTemplate(zh="x", en="x", role=PowerRole.VOLTAGE, low=200, high=240)
    bypass = StepTemplate(zh="x", en="x", role=PowerRole.STATE, says=("Bypass",))
    assert bound(volts, node, STATES) == Bound("ups.volts", 200, 240)
    assert bound(bypass, node, STATES) == Bound("ups.mode", states=(3, 4))
    assert bound(StepTemplate(zh="x", en="x", role=PowerRole.STATE, says=("never",)), node, STATES) == Bound()
    assert bound(volts, PowerNode("m", N, PowerKind.UPS), STATES) == bound(StepTemplate(zh="x", en="x"), node, STATES) == Bound()


def test_the_position_of_a_transfer_switch_is_that_of_its_source() -> None:
    positions = {0: "generator", 7: "mains"}
    points = {PowerRole.POSITION: "ats.position"}
    node = PowerNode("ats", N, PowerKind.ATS, ("mains", "generator"), points=points, positions=positions)
    main, other = (StepTemplate(zh="x", en="x", role=PowerRole.POSITION, source=n) for n in (1, 2))
    assert bound(main, node, {}) == Bound("ats.position", states=(7,)) and bound(other, node, {}) == Bound("ats.position", states=(0,))
    bare = PowerNode("ats", N, PowerKind.ATS, ("mains",), points=points)
    assert bound(main, bare, {}) == bound(other, bare, {}) == Bound()
