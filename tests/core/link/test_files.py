"""The token and the address in the data directory: private, whole, and never written through what somebody laid there."""

import os
import random
from pathlib import Path

import pytest

from cityops_desktop.link import files


@pytest.mark.parametrize(
    "found",
    [b"", b"\n", b"short", random.Random(1).randbytes(200), ("a" * 40).encode("utf-16"), b"a" * 40 + b"\nb", b"a" * 2000, b"a b" * 20],
    ids=["empty", "blank", "short", "garbage", "utf-16", "two lines", "long", "blanks"],
)
def test_a_token_that_is_none_is_made_anew(tmp_path: Path, found: bytes) -> None:
    (tmp_path / "token").write_bytes(found)
    token = files.make_token(tmp_path)
    assert len(token) >= 40
    assert files.make_token(tmp_path) == token == (tmp_path / "token").read_text().strip()


@pytest.mark.skipif(os.name != "posix", reason="modes")
def test_a_token_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t" * 40)
    (tmp_path / "token").chmod(0o644)
    assert files.make_token(tmp_path) == "t" * 40
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name != "posix", reason="links")
@pytest.mark.parametrize("kind", ["pipe", "deep", "large", "folder"])
@pytest.mark.parametrize("name", [files.STATION, files.TOKEN])
def test_a_console_hangs_at_nothing_that_lies_in_place_of_a_station(tmp_path: Path, kind: str, name: str) -> None:
    files.publish(tmp_path, "http://127.0.0.1:1", "boot")
    files.make_token(tmp_path)
    assert files.find(tmp_path) is not None
    (tmp_path / name).unlink()
    if kind == "pipe":
        os.mkfifo(tmp_path / name)
    elif kind == "folder":
        (tmp_path / name).mkdir()
    else:
        (tmp_path / name).write_text("[" * (200_000 if kind == "deep" else 2_000_000))
    assert files.find(tmp_path) is None


def test_nothing_is_written_through_a_planted_link_or_file(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "station.json.new").symlink_to(victim)
    (tmp_path / "token.new").write_text("")
    (tmp_path / "token.new").chmod(0o666)
    files.publish(tmp_path, "http://127.0.0.1:1", "b")
    files.make_token(tmp_path)
    assert victim.read_text() == "precious"
    assert not (tmp_path / "station.json").is_symlink()
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
