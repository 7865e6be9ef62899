"""Files of patrol templates and routes: every mistake at once, each with its line and what to do; any text is survived."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop import paths
from cityops_desktop.duty.patrolcontent import complaints
from cityops_desktop.errors import OperatorError
from cityops_desktop.room.document import read_by_library, read_quickly
from cityops_desktop.station.duty.patrolfile import FOLDER, read_patrol, shipped

FILE = Path("patrol.yaml")
SOUND = """\
templates:
  - code: ups
    group: ups_battery
    name: {zh: UPS, en: UPS}
    items:
      - {id: mode, kind: choice, name: 方式, choices: [{id: on, name: 在线}, {id: bypass, name: 旁路, ok: false}]}
      - id: load
        kind: reading
        name: {zh: 负载率, en: Load}
        unit: "%"
        high: 80
        find: {groups: [ups], units: ["%"]}
        tolerance: 3
routes:
  - code: main
    name: 主巡检
    plan: {every: 2, begin: "08:00", end: "20:00", weekdays: [1, 2, 3, 4, 5]}
    stops:
      - {id: ups, name: UPS 室, kind: area, ref: ups, code: T-1, expects: wand, templates: [ups]}
"""


def problems(text: str) -> list[tuple[str, str, str]]:
    with pytest.raises(OperatorError) as caught:
        read_patrol(FILE, text)
    return [(one.where, one.what.format(**one.params), one.do.format(**one.params)) for one in caught.value.problems]


def test_a_sound_file_is_read_and_one_name_does_for_both_languages() -> None:
    found = read_patrol(FILE, SOUND)
    mode, load = found.templates[0].items
    assert (mode.name.en, mode.choices[1].ok, load.high, load.tolerance) == ("方式", False, 80, 3)
    assert found.routes[0].plan is not None and found.routes[0].plan.every == 2
    assert found.routes[0].stops[0].expects == "wand"


@pytest.mark.parametrize(
    ("old", "new", "where", "what", "do"),
    [
        ("kind: choice", "kind: chioce", 6, "cannot be", "write one of"),
        ("high: 80", "heigh: 80", 11, "unknown key “heigh”", "did you mean “high”?"),
        ("high: 80", "high: much", 11, "must be a number", "write a number"),
        ("high: 80", "{high: 80", 12, "this is not YAML", "brackets"),
        ("id: load", "id: mode", 7, "stands here twice", "take one of them out"),
        ("id: load", "id: Load", 7, "cannot be", "small letters"),
        ("kind: reading", "kind: check", 11, "has limits and is no number", "kind: number"),
        ('"08:00"', '"8:00"', 17, "cannot be", "two digits"),
        ("every: 2", "every: 2, times: []", 0, "", ""),
        ("every: 2", 'every: 2, times: ["08:00"]', 17, "either times of the day or a number of hours", "not both"),
        ("code: T-1, ", "", 19, "expects a proof and has no tag", "expects: none"),
        ("ref: ups, ", "", 19, "does not say which one", "as “ref”"),
        ("group: ups_battery", "group: ups", 3, "cannot be", "ups_battery"),
    ],
)
def test_each_mistake_is_told_with_its_line(old: str, new: str, where: int, what: str, do: str) -> None:
    assert old in SOUND
    text = SOUND.replace(old, new, 1)
    if not where:
        assert read_patrol(FILE, text)
        return
    found = problems(text)
    assert any(at == f"patrol.yaml:{where}" and what in said and do in cure for at, said, cure in found), found


def test_all_mistakes_are_told_at_once() -> None:
    text = SOUND.replace("kind: choice", "kind: chioce").replace("high: 80", "heigh: 80").replace("every: 2", "every: 99")
    assert len({where for where, _, _ in problems(text)}) == 3


def test_a_code_stands_once_and_a_file_holds_something() -> None:
    again = SOUND.replace("routes:", SOUND.split("routes:")[0].split("templates:\n")[1] + "routes:")
    assert "“ups” stands here twice" in problems(again)[0][1]
    assert "neither templates nor routes" in problems("templates: []\n")[0][1]
    assert "no file of patrols" in problems("- a\n")[0][1]
    assert "unknown key “tempaltes”" in problems(SOUND.replace("templates:\n", "tempaltes:\n", 1))[0][1]


@settings(max_examples=150)
@given(st.integers(0, len(SOUND)), st.integers(0, 12), st.text("abc:{}[]\"' -#&*!\n\t0123456789.负é\x01", max_size=8))
def test_any_text_is_read_or_refused_with_lines(at: int, cut: int, put: str) -> None:
    text = SOUND[:at] + put + SOUND[at + cut :]
    try:
        found = read_patrol(FILE, text)
    except OperatorError as error:
        assert error.problems
        for one in error.problems:
            assert one.where.startswith("patrol.yaml") and one.what.format(**one.params) and one.do.format(**one.params)
    else:
        for content in (*found.templates, *found.routes):
            assert complaints(content) == []


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_what_comes_with_the_program_is_plain_and_sound(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    quick = read_quickly(FILE, text)
    assert quick is not None and repr(quick) == repr(read_by_library(FILE, text))
    for template in read_patrol(file).templates:
        assert complaints(template) == [] and template.source.startswith("GB/T 36621-2018")
        for item in template.items:
            assert all(words.zh != words.en for words in (item.name, *(choice.name for choice in item.choices)))


def test_every_group_of_the_standard_has_a_template() -> None:
    assert {template.group for template in shipped()} == {
        *("power_distribution", "ups_battery", "air_conditioning", "fresh_air", "fire_protection", "leak_detection", "surveillance"),
        *("access_control", "racks", "network_servers", "monitoring_host", "environment", "cleanliness", "security"),
    }
    assert len({template.code for template in shipped()}) == len(shipped())


def test_the_examples_of_the_page_are_sound() -> None:
    page = (paths.ROOT / "docs" / "patrol.md").read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    found = [read_patrol(FILE, example) for example in examples]
    assert [len(one.templates) + len(one.routes) for one in found] == [1, 1]
