"""A backup made beside a running station, killed, on a full disk, damaged; and a station that runs again from it."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cityops_desktop.clock import SystemClock
from cityops_desktop.errors import Exit, OperatorError
from cityops_desktop.history.archive import Archive
from cityops_desktop.history.verify import verify
from cityops_desktop.station.notify_secrets import Secrets
from cityops_desktop.store import months
from cityops_desktop.store.backup import CONTENT, MANIFEST, Manifest, back_up, read_manifest
from cityops_desktop.store.months import HOUR_MS
from cityops_desktop.store.restore import restore
from cityops_desktop.store.shelf import ReadShelf
from tests.core.cli.test_commands import cityops
from tests.core.history.sealed import DAY_MS, JANUARY, fill
from tests.peers.station import slave, station

MONTHS = [(JANUARY + month * 31 * DAY_MS, JANUARY + month * 31 * DAY_MS + 6 * HOUR_MS) for month in range(4)]
"""In January, February, March and April."""
CLOCK = SystemClock()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(0o700)
    fill(folder, CLOCK, MONTHS)
    (folder / "sign.key").write_text("secret")
    (folder / "sign.pub").write_text("public")
    (folder / "tls").mkdir()
    (folder / "tls" / "key.pem").write_text("key")
    Secrets(folder).set("mail", "of the mail server")
    (folder / "token").write_text("only here")
    (folder / "outputs.json").write_text("{}")
    (folder / "logs").mkdir()
    (folder / "logs" / "station.log").write_text("long")
    return folder


def everything(folder: Path) -> list[tuple[str, list[int], list[float]]]:
    shelf = ReadShelf(folder, CLOCK)
    found = [(key, strip.time.tolist(), strip.count.tolist()) for key, strip in Archive(shelf).samples(["a.x", "a.y"], 0, MONTHS[-1][1])]
    shelf.close()
    return found


def whole(target: Path) -> Manifest:
    manifest = read_manifest(target)
    assert manifest is not None
    return manifest


def test_there_and_back(data: Path, tmp_path: Path) -> None:
    target, new = tmp_path / "target", tmp_path / "new" / "data"
    done = back_up(data, target, CLOCK)
    assert {entry.name for entry in done.manifest.files} == {
        *(f"history-20260{month}.db" for month in (1, 2, 3, 4)),
        *("records.db", "journal.db", "origin", "sign.key", "sign.pub", "tls/key.pem", "notify-secrets"),
    }
    assert not done.damaged
    new.parent.mkdir()
    manifest, aside = restore(target, new, CLOCK, replace=False)
    assert (manifest, aside) == (whole(target), None)
    assert everything(new) == everything(data)
    assert (new / "tls" / "key.pem").read_text() == "key"
    assert Secrets(new).get("mail") == "of the mail server", "a station that was put back must be able to tell people"
    assert verify(new, [202601, 202602, 202603, 202604], True).findings == []
    assert not (new / "token").exists()
    assert [path for path in (new, *new.rglob("*")) if path.name != "sign.pub" and path.stat().st_mode & 0o077] == []
    assert [path for path in target.rglob("*") if path.stat().st_mode & 0o077 and path.suffix != ".lock"] == []
    assert not list(tmp_path.glob("**/*.restoring"))


def test_a_month_that_is_over_is_copied_once(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    back_up(data, target, CLOCK)
    inodes = {path.name: path.stat().st_ino for path in (target / CONTENT).glob("history-20260[123]*")}
    fill(data, CLOCK, [(MONTHS[-1][1], MONTHS[-1][1] + HOUR_MS)])
    again = back_up(data, target, CLOCK)
    assert {path.name: path.stat().st_ino for path in (target / CONTENT).glob("history-20260[123]*")} == inodes
    assert again.copied <= 3
    assert again.kept >= 7
    fill(data, CLOCK, [(MONTHS[1][1], MONTHS[1][1] + HOUR_MS)])
    late = {path.name for path in (target / CONTENT).glob("history-202602*")}
    back_up(data, target, CLOCK)
    assert {path.name for path in (target / CONTENT).glob("history-202602*")} != late
    assert len(list((target / CONTENT).iterdir())) == len(whole(target).files)


def test_a_damaged_month_never_takes_the_place_of_its_sound_copy(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    before = back_up(data, target, CLOCK).manifest
    path = data / "history-202602.db"
    shelf = ReadShelf(data, CLOCK)
    rows, _ = shelf.read(202602, lambda conn: months.span(conn, months.Table.BLOCK, 0, 2**62))
    shelf.close()
    held = bytearray(path.read_bytes())
    for row in rows:
        piece = next(piece for at in range(0, len(row.data) - 12) if held.count(piece := row.data[at : at + 12]) == 1)
        held[held.index(piece) + 6] ^= 4
    path.write_bytes(held)
    done = back_up(data, target, CLOCK)
    assert [name for name, _ in done.damaged] == [path.name]
    assert {one.name: one.sha256 for one in done.manifest.files}[path.name] == {one.name: one.sha256 for one in before.files}[path.name]


def test_what_rotted_in_the_backup_is_copied_anew(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    back_up(data, target, CLOCK)
    (copy,) = (target / CONTENT).glob("history-202601*")
    copy.write_bytes(copy.read_bytes()[:-1] + b"?")
    back_up(data, target, CLOCK)
    restore(target, tmp_path / "new", CLOCK, replace=False)
    assert everything(tmp_path / "new") == everything(data)


def test_a_damaged_or_missing_copy_is_named_before_anything_is_touched(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    back_up(data, target, CLOCK)
    (first,) = (target / CONTENT).glob("history-202601*")
    first.write_bytes(b"x" + first.read_bytes()[1:])
    (second,) = (target / CONTENT).glob("records.db*")
    second.unlink()
    was = sorted(path.name for path in data.iterdir())
    with pytest.raises(OperatorError) as error:
        restore(target, data, CLOCK, replace=True)
    assert error.value.exit_code == Exit.STORE
    assert {problem.params["name"] for problem in error.value.problems} == {"history-202601.db", "records.db"}
    assert sorted(path.name for path in data.iterdir()) == was
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "target"]


def test_what_is_there_is_only_moved_aside_when_told(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    back_up(data, target, CLOCK)
    (data / "mark").write_text("later")
    with pytest.raises(OperatorError) as error:
        restore(target, data, CLOCK, replace=False)
    assert error.value.exit_code == Exit.USAGE
    _, aside = restore(target, data, CLOCK, replace=True)
    assert aside is not None
    assert (aside / "mark").read_text() == "later"
    assert not (data / "mark").exists()
    (data / "origin").write_text("demo\n")
    with pytest.raises(OperatorError):
        restore(target, data, CLOCK, replace=True)


def test_a_backup_of_another_station_or_kind_is_not_written_over(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    back_up(data, target, CLOCK)
    (data / "sign.pub").write_text("another")
    for change in (lambda: None, lambda: ((data / "sign.pub").unlink(), (data / "origin").write_text("demo\n"))):
        change()
        with pytest.raises(OperatorError) as error:
            back_up(data, target, CLOCK)
        assert error.value.exit_code == Exit.USAGE
    other = tmp_path / "other"
    other.mkdir()
    (other / "picture.png").write_text("mine")
    for wrong in (other, data / "inside"):
        with pytest.raises(OperatorError):
            back_up(data, wrong, CLOCK)
    assert sorted(path.name for path in other.iterdir()) == ["picture.png"]


def test_a_manifest_that_leads_out_is_refused(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    back_up(data, target, CLOCK)
    told = json.loads((target / MANIFEST).read_text())
    told["files"][0]["name"] = "../outside"
    (target / MANIFEST).write_text(json.dumps(told))
    with pytest.raises(OperatorError):
        restore(target, tmp_path / "new", CLOCK, replace=False)


KILLED = """
import os, signal, sys
from pathlib import Path
from typing import Any
from cityops_desktop.clock import SystemClock
from cityops_desktop.store.{module} import {name}
calls = 0
def told(name, done, total):
    global calls
    calls += 1
    if calls == int(sys.argv[3]):
        print("there", flush=True)
        sys.stdin.read()
{call}
"""


def killed(call: str, module: str, name: str, first: Path, second: Path, after: int) -> bool:
    """Kill it from outside when it has told so often how far it is; False: it was done before."""
    program = textwrap.dedent(KILLED).format(call=call, module=module, name=name)
    command = [sys.executable, "-c", program, str(first), str(second), str(after)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        there = child.stdout.readline().strip() == "there"
        if there:
            os.kill(child.pid, signal.SIGKILL)
        child.communicate()
    return there


def test_killed_at_any_place_the_backup_before_stays_and_the_next_run_goes_on(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    call = "back_up(Path(sys.argv[1]), Path(sys.argv[2]), SystemClock(), told)"
    assert killed(call, "backup", "back_up", data, target, 3)
    assert read_manifest(target) is None
    there = {path.name for path in (target / CONTENT).glob("history-*")}
    assert there
    done = back_up(data, target, CLOCK)
    assert done.kept >= len([name for name in there if not name.endswith((".copy", ".part"))])
    fill(data, CLOCK, [(first + 8 * HOUR_MS, first + 9 * HOUR_MS) for first, _ in MONTHS])
    after = 0
    while killed(call, "backup", "back_up", data, target, after := after + 1):
        assert whole(target) == done.manifest
        restore(target, tmp_path / f"new{after}", CLOCK, replace=False)
    assert after > 8
    assert whole(target) != done.manifest
    restore(target, tmp_path / "newest", CLOCK, replace=False)
    assert everything(tmp_path / "newest") == everything(data)


def test_a_restore_that_is_killed_leaves_what_was_there_and_goes_on(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    back_up(data, target, CLOCK)
    (data / "mark").write_text("later")
    was = sorted(path.name for path in data.iterdir())
    call = "restore(Path(sys.argv[2]), Path(sys.argv[1]), SystemClock(), replace=True, progress=told)"
    for after in (2, 12, 15):
        assert killed(call, "restore", "restore", data, target, after)
        assert set(was) >= {path.name for path in data.iterdir()} - {"station.lock"}
    restore(target, data, CLOCK, replace=True)
    assert not (data / "mark").exists()
    assert len(everything(data)) == 8


SMALL = """
import resource, signal, sys
from pathlib import Path
from typing import Any
from cityops_desktop.clock import SystemClock
from cityops_desktop.errors import OperatorError
from cityops_desktop.store.backup import back_up
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    back_up(Path(sys.argv[1]), Path(sys.argv[2]), SystemClock())
except OperatorError as error:
    print(int(error.exit_code), error)
"""


@pytest.mark.parametrize("bytes_free", [1, 20_000, 80_000])
def test_a_full_target_is_told_and_the_backup_before_stays(data: Path, tmp_path: Path, bytes_free: int) -> None:
    target = tmp_path / "target"
    before = back_up(data, target, CLOCK).manifest
    fill(data, CLOCK, [(first + 8 * HOUR_MS, first + 9 * HOUR_MS) for first, _ in MONTHS])
    command = [sys.executable, "-c", SMALL, str(data), str(target), str(bytes_free)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.startswith("6 "), done.stdout + done.stderr
    assert whole(target) == before
    restore(target, tmp_path / "new", CLOCK, replace=False)
    assert back_up(data, target, CLOCK).manifest != before


def test_beside_a_running_station_and_back(tmp_path: Path) -> None:
    """The station writes all the time; its backup runs as a station, with its people and its key; and it is refused while one runs."""
    target = tmp_path / "target"
    with slave() as device:
        with station(tmp_path, device.port) as peer:
            peer.first_administrator()
            peer.until(lambda copy: any(live.value is not None for live in copy.live), "a value")
            done = cityops("backup", target, "--data", peer.data, "--json", cold=True)
            assert done.returncode == Exit.OK, done.stderr
            told = json.loads(done.stdout)
            assert (told["origin"], told["damaged"]) == ("real", [])
            refused = cityops("restore", target, "--data", peer.data, "--replace")
            assert refused.returncode == Exit.IN_USE
            again = json.loads(cityops("backup", target, "--data", peer.data, "--json").stdout)
            assert again["kept"] > 0
            assert "whole" in cityops("backup", target, "--data", peer.data).stdout
        moved = peer.data.rename(tmp_path / "lost")
        done = cityops("restore", target, "--data", peer.data, cold=True)
        assert done.returncode == Exit.OK, done.stderr
        with station(tmp_path, device.port) as peer:
            assert peer.login("root")
        assert (peer.data / "sign.key").read_bytes() == (moved / "sign.key").read_bytes()
    assert "holds" in cityops("audit", "verify", "--data", peer.data, cold=True).stdout


def test_what_is_no_station_or_no_backup(tmp_path: Path) -> None:
    for arguments in (("backup", tmp_path / "t", "--data", tmp_path / "none"), ("restore", tmp_path, "--data", tmp_path / "none")):
        done = cityops(*arguments)
        assert done.returncode == Exit.STORE
        assert "→" in done.stderr


def test_a_folder_named_content_that_is_not_ours_is_left_alone(data: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / CONTENT).mkdir(parents=True)
    (site / CONTENT / "index.md").write_text("mine")
    with pytest.raises(OperatorError):
        back_up(data, site, CLOCK)
    assert (site / CONTENT / "index.md").read_text() == "mine"


def test_what_others_put_into_a_backup_stays(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    back_up(data, target, CLOCK)
    (target / CONTENT / "read me.txt").write_text("mine")
    (target / CONTENT / "photos").mkdir()
    back_up(data, target, CLOCK)
    assert (target / CONTENT / "read me.txt").read_text() == "mine" and (target / CONTENT / "photos").is_dir()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda told: told["files"][0].update(name="a\0b"),
        lambda told: told["files"][0].update(name="\ud800"),
        lambda told: told["files"][0].update(content="/etc/passwd"),
        lambda told: told["files"][0].update(content="content/../../outside"),
        lambda told: told["files"][0].update(size=float("inf")),
        lambda told: told.update(files=7),
        lambda told: told.update(form=2),
    ],
)
def test_what_no_manifest_says_is_told(data: Path, tmp_path: Path, spoil: Callable[[dict[str, Any]], None]) -> None:
    target = tmp_path / "target"
    back_up(data, target, CLOCK)
    told = json.loads((target / MANIFEST).read_text())
    spoil(told)
    (target / MANIFEST).write_text(json.dumps(told))
    with pytest.raises(OperatorError):
        restore(target, tmp_path / "new", CLOCK, replace=False)
    assert not (tmp_path / "new").exists()


def test_a_manifest_without_end_is_told(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    back_up(data, target, CLOCK)
    (target / MANIFEST).write_text("[" * 200_000)
    with pytest.raises(OperatorError):
        restore(target, tmp_path / "new", CLOCK, replace=False)


def test_a_data_directory_behind_a_link_stays_behind_it(data: Path, tmp_path: Path) -> None:
    target, disk, link = tmp_path / "target", tmp_path / "disk", tmp_path / "link"
    back_up(data, target, CLOCK)
    disk.mkdir()
    (disk / "data").mkdir()
    link.symlink_to(disk / "data")
    restore(target, link, CLOCK, replace=True)
    assert link.is_symlink() and everything(disk / "data") == everything(data)
