"""The written room file: the real ports, and everything else as it was."""

import pytest
from ruamel.yaml import YAML

from cityops_desktop.errors import OperatorError
from cityops_desktop.sim import roomfile
from tests.core.sim import small_room

WIRES = {"line": {"port": "/x/line"}, "server": {"host": "127.0.0.1", "port": 4001}, "gateway": {"host": "127.0.0.1", "port": 502}}


def test_only_the_ports_differ_and_comments_stay(tmp_path):
    path = small_room.write(tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    written = roomfile.write(path, out, WIRES)
    assert written == out / "room.yaml"
    text = written.read_text(encoding="utf-8")
    assert "# A room for tests" in text and "# a line" in text and "测试机房" in text
    before, after = (YAML(typ="safe").load(file.read_text(encoding="utf-8")) for file in (path, written))
    for bus in before["buses"]:
        bus.update(WIRES[bus["id"]])
    assert before == after
    assert [file.name for file in out.iterdir()] == ["room.yaml"]


def test_profiles_beside_the_room_file_come_along(tmp_path):
    path = small_room.write(tmp_path)
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "mine.yaml").write_text("profile: {}\n")
    out = tmp_path / "out"
    out.mkdir()
    for _ in range(2):
        roomfile.write(path, out, WIRES)
    assert (out / "profiles" / "mine.yaml").read_text() == "profile: {}\n"


def test_the_room_file_itself_is_never_overwritten(tmp_path):
    path = small_room.write(tmp_path).rename(tmp_path / "room.yaml")
    with pytest.raises(OperatorError, match="overwrite"):
        roomfile.prepare(path, tmp_path)
    assert path.exists()


def test_an_older_result_is_taken_away_before_the_start(tmp_path):
    path = small_room.write(tmp_path)
    (tmp_path / "profiles").mkdir()
    roomfile.prepare(path, tmp_path)
    written = roomfile.write(path, tmp_path, WIRES)
    roomfile.prepare(path, tmp_path)
    assert not written.exists() and path.exists()
