"""The limits that come with the program: each says where it is from, what latches must, and a supply is lost only where that is sure."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

RESOURCES = Path(__file__).parents[3] / "resources"
PROFILES = sorted([*RESOURCES.glob("profiles/*.yaml"), *RESOURCES.glob("rooms/profiles/*.yaml")])
STANDARDS = ("GB", "GB/T", "YD/T", "ASHRAE", "ISO", "IEC")
CHECKED = ("GB 50174-2017 5.1.1 条文说明 18~27 °C", "GB 50174-2017 附录A ≤60 %", "GB/T 12325 −10 %")
"""Figures of standards that somebody has looked up; all others say 待核原文."""
LATCHED = {
    ("leak-detector-coil", "wet"),
    ("leak-detector-locating", "leak"),
    ("clever-pdu", "water"),
    ("clever-pdu", "smoke"),
    ("datamate3000", "floor_water"),
    ("fire-panel-contacts", "fire"),
    ("fire-panel-contacts", "discharge"),
}


def limits(file: Path) -> Iterator[tuple[str, dict[str, object], dict[str, object]]]:
    profile = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    for point in profile.get("points", ()):
        for limit in point.get("limits") or ():
            yield profile["profile"]["id"], point, limit


@pytest.mark.parametrize("file", PROFILES, ids=lambda file: file.stem)
def test_every_default_limit_says_where_it_comes_from_and_whether_that_was_looked_up(file: Path) -> None:
    for _, point, limit in limits(file):
        source = str(limit.get("source", "")).strip()
        assert source, f"{file.name}: a limit of {point['id']} has no source"
        if source.startswith(STANDARDS):
            assert "待核原文" in source or source.startswith(CHECKED), f"{file.name} {point['id']}: looked up or not? {source}"


def test_water_fire_and_gas_latch_and_say_why() -> None:
    found = [one for file in PROFILES for one in limits(file)]
    latched = {(profile, str(point["id"])): str(limit["source"]) for profile, point, limit in found if limit.get("latch")}
    assert set(latched) == LATCHED
    assert all("锁存" in source for source in latched.values())


NEVER = ("load", "overload", "battery", "charge", "runtime", "temperature", "low_battery", "fuel", "start_failed", "output_voltage")
"""What is told of a device in itself: it is no consequence of anything above it."""


def test_no_overload_no_battery_and_no_heat_ever_follows_from_a_lost_supply() -> None:
    follows = {str(point["id"]) for file in PROFILES for _, point, limit in limits(file) if limit.get("supply") in ("follows", "passes")}
    assert follows, "some do follow"
    follows.discard("on_battery")  # that is how a UPS says that nothing comes in
    assert not [id for id in follows if any(word in id.split("_") or id.startswith(word) for word in NEVER)]
