"""The files of a room as one thing: what belongs to it, and that what is laid down is what was kept."""

import os
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.config import bundle
from cityops_desktop.errors import OperatorError, Problem
from cityops_desktop.model.canonical import canonical

TYPE = "manufacturer: M\nmodel: S1\nslug: m-s1\nu_height: 1\n"


def test_what_the_room_names_comes_along_and_nothing_else(write):
    file = write(("# the room of the test", "# racks hold m-s1"))
    (file.parent / "profiles" / "unused.yaml").write_text("x: 1")
    types = file.parent / "device-types" / "M"
    types.mkdir(parents=True)
    (types / "S1.yaml").write_text(TYPE)
    (types / "S2.yaml").write_text(TYPE.replace("m-s1", "m-s2"))
    files = bundle.collect(file)
    assert sorted(files) == ["device-types/M/S1.yaml", "profiles/meter.yaml", "room.yaml"]
    assert files["room.yaml"] == file.read_text("utf-8")


NAMES = st.from_regex(r"profiles/[a-z]{1,8}\.yaml", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=50)


@given(st.dictionaries(NAMES, TEXTS, max_size=4), TEXTS.filter(bool))
def test_packing_keeps_every_sign(files, room):
    whole = {**files, bundle.ROOM: room}
    assert bundle.unpack(bundle.pack(whole)) == whole
    assert bundle.digest(whole) == bundle.digest(dict(reversed(whole.items())))


@pytest.mark.parametrize(
    "packed", [b"", b"nonsense", bundle.pack({"room.yaml": "x"})[:-3], zlib.compress(b"[1]"), zlib.compress(b"{}"), zlib.compress(b"\xff")]
)
def test_damaged_bytes_are_told(packed):
    with pytest.raises(ValueError):
        bundle.unpack(packed)


def test_a_bomb_is_not_unpacked():
    with pytest.raises(ValueError, match="too large"):
        bundle.text_of(zlib.compress(canonical({"room.yaml": "x" * (3 * bundle.MOST_BYTES)}).encode()))


def test_what_lies_there_is_compared_and_put_right(tmp_path):
    files = {"room.yaml": "a: 1\n", "profiles/p.yaml": "b: 2\r\n"}
    folder = tmp_path / "config" / "3"
    assert bundle.lay(folder, files) == folder / "room.yaml"
    assert (folder / "profiles" / "p.yaml").read_bytes() == b"b: 2\r\n"
    if os.name == "posix":
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (folder / "room.yaml").stat().st_mode & 0o777 == 0o600
    (folder / "room.yaml").write_text("a: 9\n")
    (folder / "more.yaml").write_text("x")
    bundle.lay(folder, files)
    assert (folder / "room.yaml").read_text() == "a: 1\n"
    assert not (folder / "more.yaml").exists()
    before = (folder / "room.yaml").stat().st_ino
    bundle.lay(folder, files)
    assert (folder / "room.yaml").stat().st_ino == before, "sound files stay"


def test_a_half_written_folder_of_a_fall_is_no_hindrance(tmp_path):
    (tmp_path / "7.new").mkdir()
    (tmp_path / "7.new" / "room.yaml").write_text("half")
    bundle.lay(tmp_path / "7", {"room.yaml": "whole"})
    assert (tmp_path / "7" / "room.yaml").read_text() == "whole"
    bundle.lay(tmp_path / "8", {"room.yaml": "whole"})
    bundle.clear(tmp_path, 8)
    assert [path.name for path in tmp_path.iterdir()] == ["8"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    other = tmp_path / "other"
    bundle.lay(other, {"room.yaml": "theirs"})
    (tmp_path / "1").symlink_to(other)
    bundle.lay(tmp_path / "1", {"room.yaml": "ours"})
    assert (other / "room.yaml").read_text() == "theirs"
    assert (tmp_path / "1" / "room.yaml").read_text() == "ours"


@pytest.mark.parametrize(
    "name",
    ["/etc/x.yaml", "../x.yaml", "profiles/../../x.yaml", "profiles/.x.yaml", "profiles/a\\b.yaml", "c:/x.yaml", "x.yaml"],
)
def test_names_that_lead_elsewhere_are_refused(name):
    assert [problem.where for problem in bundle.problems_of({"room.yaml": "x", name: "x"})] == [name]


@pytest.mark.parametrize(
    "name",
    [
        "profiles/x.txt",
        "profiles/.yaml",
        "profiles/a\n.yaml",
        "profiles//a.yaml",
        "ROOM.yaml",
        "profiles/a./x.yaml",
        "rack-types/a/b/c/d/e.yaml",
    ],
)
def test_names_that_are_no_room_files_are_refused(name):
    assert [problem.where for problem in bundle.problems_of({"room.yaml": "x", name: "x"})] == [name]


def test_drafts_without_a_room_too_large_or_not_text_are_refused():
    assert bundle.problems_of({"profiles/a.yaml": "x"})
    assert bundle.problems_of({"room.yaml": "x" * (bundle.MOST_BYTES + 1)})
    assert [problem.where for problem in bundle.problems_of({"room.yaml": "x", "profiles/a.yaml": "\ud800"})] == ["profiles/a.yaml"]
    assert bundle.problems_of({"room.yaml": "x", "device-types/My Maker (old)/X 1+2.yaml": "x"}) == []


def test_problems_are_told_of_the_file_that_people_edit(tmp_path):
    laid, shown = tmp_path / "1" / "room.yaml", tmp_path / "edited" / "my.yaml"
    error = OperatorError(
        [Problem("w", "d", f"{laid}:7"), Problem("w", "d", f"{laid.parent / 'profiles' / 'p.yaml'}:2"), Problem("w", "d", "x")]
    )
    told = [problem.where for problem in bundle.relocated(error, laid, shown).problems]
    assert told == [f"{shown}:7", f"{shown.parent / 'profiles' / 'p.yaml'}:2", "x"]


@pytest.mark.parametrize(
    "name",
    ["profiles/CON.yaml", "profiles/nul.x.yaml", "device-types/Com1/x.yaml", "rack-types/a/LPT9 .yaml", "profiles/a\u202elmay.yaml"],
)
def test_a_name_that_is_a_device_somewhere_or_reads_otherwise_is_refused(name):
    assert [one.where for one in bundle.problems_of({"room.yaml": "x", name: "x"})] == [name]
    assert bundle.problems_of({"room.yaml": "x", "profiles/console.yaml": "x", "device-types/auxiliary/x.yml": "x"}) == []
