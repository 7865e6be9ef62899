"""A file to which somebody else appends, however it is appended to, cut, moved away and written anew."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.badge.follow import LONGEST_LINE, MOST_AT_ONCE, FileFollower


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.csv"


@pytest.fixture
def follower(file: Path) -> Iterator[FileFollower]:
    follower = FileFollower(file)
    yield follower
    follower.close()


def append(file: Path, data: bytes) -> None:
    with file.open("ab") as opened:
        opened.write(data)


def test_what_is_appended_comes_once_and_half_a_line_is_waited_for(file: Path, follower: FileFollower) -> None:
    file.write_bytes(b"a\nb\r\nhal")
    assert (follower.lines(), follower.fresh) == ([b"a", b"b"], True)
    assert (follower.lines(), follower.fresh) == ([], False)
    append(file, b"f\nc\n")
    assert follower.lines() == [b"half", b"c"]


def test_a_letter_that_was_written_in_two_halves_is_whole(file: Path, follower: FileFollower) -> None:
    word = "门开\n".encode("gb18030")
    file.write_bytes(word[:1])
    assert follower.lines() == []
    append(file, word[1:])
    assert [line.decode("gb18030") for line in follower.lines()] == ["门开"]


def test_moved_away_and_begun_anew_nothing_is_lost(file: Path, follower: FileFollower) -> None:
    file.write_bytes(b"a\n")
    follower.lines()
    append(file, b"b\n")
    file.rename(file.with_suffix(".1"))
    file.write_bytes(b"c\n")
    came = follower.lines() + follower.lines()
    assert came == [b"b", b"c"]


def test_cut_and_written_on(file: Path, follower: FileFollower) -> None:
    file.write_bytes(b"a\nb\nc\n")
    follower.lines()
    file.write_bytes(b"d\n")
    assert (follower.lines(), follower.fresh) == ([b"d"], True)
    with file.open("r+b") as opened:
        opened.truncate()
        opened.write(b"e\nf\ng\nh\ni\n")
    assert (follower.lines(), follower.fresh) == ([b"e", b"f", b"g", b"h", b"i"], True)


def test_a_copy_of_the_whole_file_in_its_place_tells_only_what_is_new(file: Path, follower: FileFollower) -> None:
    file.write_bytes(b"a\nb\n")
    follower.lines()
    other = file.with_suffix(".new")
    other.write_bytes(b"a\nb\nc\n")
    other.replace(file)
    assert follower.lines() + follower.lines() == [b"c"]


def test_gone_and_back(file: Path, follower: FileFollower) -> None:
    with pytest.raises(FileNotFoundError):
        follower.lines()
    file.write_bytes(b"a\n")
    assert follower.lines() == [b"a"]
    file.unlink()
    with pytest.raises(FileNotFoundError):
        follower.lines()
    file.write_bytes(b"b\n")
    assert follower.lines() + follower.lines() == [b"b"]


def test_of_a_long_file_the_end(file: Path, follower: FileFollower) -> None:
    line = b"x" * 99 + b"\n"
    file.write_bytes(line * (MOST_AT_ONCE // 100 + 50) + b"last\n")
    came = follower.lines()
    assert (came[-1], len(came) < MOST_AT_ONCE // 100 + 50, follower.fresh) == (b"last", True, False)
    assert set(came[:-1]) == {line[:-1]}


def test_what_is_no_line_is_passed_over(file: Path, follower: FileFollower) -> None:
    file.write_bytes(b"x" * (LONGEST_LINE + 1))
    assert follower.lines() == []
    append(file, b"yy\ngood\n")
    assert follower.lines() == [b"yy", b"good"]
    append(file, b"z" * (LONGEST_LINE + 1) + b"\nmore\n")
    assert follower.lines() == [b"more"]
    assert follower.skipped == 2


def test_no_pipe_is_waited_for(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Invalid"):
        FileFollower(Path("/dev/zero") if os.name == "posix" else tmp_path).lines()


def test_a_pipe_that_takes_the_place_of_the_file_is_not_waited_for(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The owner of the folder exchanges it between the look and the opening."""
    file.write_bytes(b"a\n")
    looked = file.stat()
    file.unlink()
    os.mkfifo(file) if os.name == "posix" else file.mkdir()
    monkeypatch.setattr(Path, "stat", lambda self: looked)
    follower = FileFollower(file)
    for ask in (follower.lines, follower.head):
        with pytest.raises(OSError):
            ask()
    follower.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=30).map(lambda data: data.replace(b"\r", b"r"))), max_size=20))
def test_each_line_comes_once_and_in_order(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, bytes]]) -> None:
    """Appended in any pieces, and looked at after any of them, with or without the file being closed in between."""
    file = tmp_path_factory.mktemp("follow") / "events"
    file.write_bytes(b"")
    follower, came = FileFollower(file), []
    for what, data in steps:
        append(file, data)
        if what:
            came += follower.lines()
        if what == 2:
            follower.close()
    came += follower.lines()
    follower.close()
    assert came == file.read_bytes().split(b"\n")[:-1]
