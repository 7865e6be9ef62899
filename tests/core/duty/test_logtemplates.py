"""Sorts of entries: those of the program are sound, a site adds its own, and a faulty file is told with its line and left out."""

import os
from pathlib import Path

import pytest

from cityops_desktop.duty.logtemplates import FOLDER, filled, templates, told
from cityops_desktop.model.refused import Refused

OWN = """
templates:
  - id: tape
    name: {zh: 更换磁带, en: Change of tapes}
    handover: true
    fields:
      - {id: count, name: {zh: 数量, en: Number}, kind: number, unit: 盘, required: true}
  - id: note
    name: {zh: 日志, en: Log}
"""


def write(data: Path, name: str, text: str) -> Path:
    folder = data / FOLDER
    folder.mkdir(exist_ok=True)
    path = folder / name
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))
    return path


def test_those_of_the_program_are_sound_and_in_both_languages(tmp_path: Path) -> None:
    found = templates(tmp_path)
    assert not found.faulty
    assert [one.names.zh for one in found.all][:6] == ["值班记事", "设备操作", "故障处理", "来电来访", "上级通知", "交接事项"]
    assert {one.id for one in found.all if one.handover} == {"fault", "notice", "handover"}
    assert all(one.names.en and all(field.names.en for field in one.fields) for one in found.all)


def test_a_site_adds_its_own_and_takes_the_place_of_one(tmp_path: Path) -> None:
    assert templates(tmp_path).get("note").names.zh == "值班记事"
    write(tmp_path, "own.yaml", OWN)
    found = templates(tmp_path)
    assert found.get("note").names.zh == "日志" and found.all[0].id == "note"
    assert told(filled(found.get("tape"), {"count": " 3 "})) == [
        {"id": "count", "zh": "数量", "en": "Number", "value_zh": "3", "value_en": "3", "unit": "盘"}
    ]


def test_a_faulty_file_is_told_with_its_line_and_the_others_hold(tmp_path: Path) -> None:
    write(tmp_path, "own.yaml", OWN)
    faulty = write(tmp_path, "torn.yaml", "templates:\n  - id: UPPER\n    name: {zh: x, en: x}\n    colour: red\n")
    found = templates(tmp_path)
    assert found.get("tape").handover
    assert {one.where for one in found.faulty} == {f"{faulty}:2", f"{faulty}:4"}
    write(tmp_path, "torn.yaml", "templates: [{id: a, name: {zh: x, en: x}}, {id: a, name: {zh: x, en: x}}]\n")
    assert [one.params["id"] for one in templates(tmp_path).faulty] == ["a"]
    write(tmp_path, "torn.yaml", "templates: [{id: a, name: {zh: x, en: x}}]\n")
    assert templates(tmp_path).get("a").names.zh == "x"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({}, "log_field_missing"),
        ({"count": "   "}, "log_field_missing"),
        ({"count": "three"}, "log_field"),
        ({"count": "nan"}, "log_field"),
        ({"count": "1" * 30}, "log_field"),
        ({"count": "1", "other": "x"}, "log_field"),
    ],
)
def test_what_a_field_does_not_take_is_refused(tmp_path: Path, values: dict[str, str], code: str) -> None:
    write(tmp_path, "own.yaml", OWN)
    with pytest.raises(Refused) as caught:
        filled(templates(tmp_path).get("tape"), values)
    assert caught.value.code == code


def test_a_choice_is_one_of_its_choices_and_no_template_is_refused(tmp_path: Path) -> None:
    fault = templates(tmp_path).get("fault")
    (seen, state) = filled(fault, {"state": "mended", "seen": "水"})
    assert (seen.value.en, state.value.zh, state.value.en) == ("水", "已恢复", "mended")
    with pytest.raises(Refused, match="log_field"):
        filled(fault, {"seen": "x", "state": "perhaps"})
    with pytest.raises(Refused, match="no_such_log_template"):
        templates(tmp_path).get("none")
