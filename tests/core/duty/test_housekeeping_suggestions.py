"""The shipped suggestions can be taken over as they are, in either language, and cover the groups of GB/T 36621-2018, 6.2 f and g."""

from cityops_desktop.duty.suggestions import FILE, suggestions
from cityops_desktop.link.duty.cleaning import PutCleaningPlan
from cityops_desktop.link.duty.maintenance import MaintenanceLine, PutMaintenancePlans
from cityops_desktop.model.points import Group
from cityops_desktop.room.document import read_quickly

ASKED = {
    Group.POWER_DISTRIBUTION,
    Group.AIR_CONDITIONING,
    Group.FRESH_AIR,
    Group.FIRE_PROTECTION,
    Group.LEAK_DETECTION,
    Group.SURVEILLANCE,
    Group.ACCESS_CONTROL,
    Group.UPS,
    Group.BATTERY,
    Group.GENERATOR_ATS,
}


def test_every_suggestion_can_be_taken_over():
    found = suggestions()
    assert len({one.id for one in (*found.plans, *found.cleaning)}) == len(found.plans) + len(found.cleaning)
    for language in ("zh", "en"):
        lines = [
            MaintenanceLine(
                title=getattr(one.names, language),
                text=getattr(one.text, language),
                group=one.group,
                every=one.every,
                unit=one.unit,
                first="2026-01-01",
                source=one.id,
            )
            for one in found.plans
        ]
        assert len(PutMaintenancePlans(plans=lines).plans) == len(found.plans)
        for one in found.cleaning:
            told = one.model_dump(include={"place", "days", "weeks", "begins", "minutes"})
            told |= {"area": getattr(one.names, language), "tasks": getattr(one.text, language), "first": "2026-01-01", "cleaner": "x"}
            assert PutCleaningPlan.model_validate(told).days == one.days


def test_every_group_and_place_that_the_standard_names_has_one_and_says_where_it_comes_from():
    found = suggestions()
    assert {one.group for one in found.plans} >= ASKED
    assert {one.place for one in found.cleaning} == {"room", "duty_room", "around"}
    assert found.source and not found.verified
    assert read_quickly(FILE, FILE.read_text(encoding="utf-8")) is not None, "plain YAML"
