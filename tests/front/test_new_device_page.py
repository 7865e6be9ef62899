"""docs/new-device.md, followed to the letter: its files, its commands, against slaves that are not ours; what it promises comes out."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cityops_desktop import paths
from cityops_desktop.model.readings import Reason
from cityops_desktop.sentences import REASONS
from tests.peers.ptys import pty_pair
from tests.peers.slaves import build_libmodbus_slave, free_port, libmodbus_rtu

PAGE = (paths.ROOT / "docs" / "new-device.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


PROFILE, ROOM, SERIAL, BEHIND, BEHIND_OWN = blocks("yaml")
ASK_LINE, ASK_NETWORK, CHECK, READ = (block.strip() for block in blocks("sh"))
CHECKED, SHOWN = blocks("text")
(PLAY,) = blocks("python")
WORDS = [2305, 1234, 2845, 0, 315, 0x7FFF, 0x4587, 0x0C00, 0b1000]


def folder_of(tmp_path: Path, room: str, profile: str = PROFILE) -> Path:
    (tmp_path / "profiles").mkdir(exist_ok=True)
    (tmp_path / "profiles" / "em-1.yaml").write_text(profile, "utf-8")
    (tmp_path / "room.yaml").write_text(room, "utf-8")
    return tmp_path


def run(command: str, folder: Path, language: str = "en") -> subprocess.CompletedProcess[str]:
    """A command of the page, in this folder, as a person types it."""
    words = command.split()
    if words[0] == "cityops-desktop":
        words[:1] = [sys.executable, "-m", "cityops_desktop"]
    environment = {**os.environ, "CITYOPS_LANG": language, "PYTHONPATH": str(paths.ROOT)}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)


@contextmanager
def played(folder: Path) -> Iterator[int]:
    """The page's own slave, on a free port."""
    port = free_port()
    (folder / "play.py").write_text(PLAY.replace("1502", str(port)), "utf-8")
    process = subprocess.Popen([sys.executable, "play.py"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < end, "the slave of the page did not start"
                time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


def asked_words(answer: subprocess.CompletedProcess[str]) -> list[int]:
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return [int(value) & 0xFFFF for value in re.findall(r"^\[\d+\]:\s+(\d+)", answer.stdout, re.MULTILINE)]


@pytest.fixture(scope="module")
def libmodbus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_libmodbus_slave(tmp_path_factory.mktemp("slave"))


def test_the_page_over_the_network(tmp_path: Path) -> None:
    with played(tmp_path) as port:
        folder = folder_of(tmp_path, ROOM.replace("1502", str(port)))
        assert "1502" in ROOM and "1502" in ASK_NETWORK
        assert asked_words(run(ASK_NETWORK.replace("1502", str(port)), folder)) == WORDS
        checked = run(CHECK, folder)
        assert checked.returncode == 0, checked.stderr
        assert CHECKED.strip() in checked.stdout.splitlines()
        shown = run(READ, folder)
        assert (shown.returncode, shown.stdout) == (0, SHOWN), shown.stderr


def serial_room(port: str) -> str:
    assert SERIAL.startswith("buses:")
    return ROOM[: ROOM.index("buses:")] + SERIAL.replace("/dev/ttyUSB0", port) + ROOM[ROOM.index("devices:") :]


def test_the_page_on_a_serial_line(libmodbus: Path, tmp_path: Path) -> None:
    with pty_pair() as (ours, theirs):
        values = [f"h:{address}:{word}" for address, word in enumerate(WORDS)]
        with libmodbus_rtu(libmodbus, theirs, 7, 40, [*values, "d:0:1"]):
            folder = folder_of(tmp_path, serial_room(ours))
            assert "/dev/ttyUSB0" in ASK_LINE
            assert asked_words(run(ASK_LINE.replace("/dev/ttyUSB0", ours), folder)) == WORDS
            shown = run(READ, folder)
            assert (shown.returncode, shown.stdout) == (0, SHOWN), shown.stderr
            assert run(f"{READ} --point meter-1.door", folder).stdout == SHOWN.splitlines(keepends=True)[-1]


def test_the_meter_behind_transformers(tmp_path: Path) -> None:
    assert run(CHECK, folder_of(tmp_path, ROOM[: ROOM.index("devices:")] + BEHIND)).returncode == 0
    forgotten = run(CHECK, folder_of(tmp_path, ROOM[: ROOM.index("devices:")] + BEHIND.replace("pt: 1, ", "")))
    assert forgotten.returncode == 3 and "{pt: 1} where there is none" in forgotten.stderr
    with played(tmp_path) as port:
        folder = folder_of(tmp_path, ROOM[: ROOM.index("devices:")].replace("1502", str(port)) + BEHIND_OWN)
        shown = run(READ, folder).stdout
    values = dict(line.split()[:2] for line in shown.splitlines())
    told = re.search(r"this reads ([\d.]+) A and ([\d.]+) W", PAGE)
    assert told is not None
    assert (values["feed-b.current"], values["feed-b.power"]) == told.groups()


@pytest.mark.parametrize(
    ("right", "wrong", "point", "value"),
    [
        ("type: int32, word_order: CDAB,\n     span: [-25000, 25000]", "type: int32", "power", "186449920"),
        ("type: float32", "type: float32, word_order: CDAB", "energy", "0.0"),
        ("type: float32", "type: uint32", "energy", "1166478336.0"),
        ("address: 1, type", "address: 0, type", "current", "23.05"),
        ("scale: 0.01,", "scale: 0.1,", "current", "—"),
        ("invalid: [0x7FFF], span: [-40, 100]", "span: [-40, 4000]", "outside", "3276.7"),
    ],
)
def test_what_the_page_says_of_mistakes_is_what_one_sees(tmp_path: Path, right: str, wrong: str, point: str, value: str) -> None:
    assert right in PROFILE
    with played(tmp_path) as port:
        folder = folder_of(tmp_path, ROOM.replace("1502", str(port)), PROFILE.replace(right, wrong))
        line = run(f"{READ} --point meter-1.{point}", folder).stdout
    assert line.split()[1] == value, line


NOT_READ = {Reason.WAITING, Reason.OLD, Reason.DRIVER_CRASHED, Reason.DRIVER_STUCK, Reason.OTHER_UNIT, Reason.NO_INPUT}
"""What only a running station says of a point."""


@pytest.mark.parametrize("reason", sorted(set(REASONS) - NOT_READ))
def test_every_error_of_a_device_is_explained(reason: Reason) -> None:
    assert re.search(rf"^\| {re.escape(REASONS[reason])} \| .{{10,}} \|$", PAGE, re.MULTILINE), REASONS[reason]


def test_the_page_can_be_found() -> None:
    for page in ("README.md", "docs/room-file.md", "docs/development.md"):
        assert "new-device.md)" in (paths.ROOT / page).read_text("utf-8"), page
