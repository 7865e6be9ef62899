"""A patrol wand on a serial port: real bytes through a pseudo-terminal, garbage, half lines, a sick store, a port that goes."""

import os
import time
import tty
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cityops_desktop.duty.wand import Line
from cityops_desktop.model.wands import Wand
from cityops_desktop.station.duty.wandport import WandPort

TIMED = (("code", 1), ("time", 2))


@dataclass
class Cradle:
    """The other end of the cable, and what the station was given."""

    folder: Path
    master: int = -1
    slave: int = -1
    taken: list[Line] = field(default_factory=list)
    takes: bool = True

    def plug(self) -> str:
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        link = self.folder / "wand"
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(self.slave))
        return str(link)

    def unplug(self) -> None:
        (self.folder / "wand").unlink(missing_ok=True)
        os.close(self.slave)
        os.close(self.master)

    def say(self, data: bytes) -> None:
        os.write(self.master, data)

    def take(self, id: str, lines: Sequence[Line]) -> bool:
        assert id == "w1"
        if self.takes:
            self.taken += lines
        return self.takes


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture
def cradle(tmp_path: Path) -> Iterator[Cradle]:
    made = Cradle(tmp_path)
    yield made
    for fd in (made.master, made.slave):
        try:
            os.close(fd)
        except OSError:
            continue


def port(cradle: Cradle, columns: tuple[tuple[str, int], ...] = TIMED) -> WandPort:
    wand = Wand("w1", str(cradle.folder / "wand"), columns=columns)
    return WandPort(wand, ZoneInfo("Asia/Shanghai"), cradle.take, again=0.02, quiet=0.03)


def test_lines_come_however_they_are_cut_and_garbage_costs_only_itself(cradle: Cradle) -> None:
    cradle.plug()
    one = port(cradle)
    until(lambda: one.state == "open")
    cradle.say(b"T-1,2026-09-01 0")
    cradle.say(b"8:00:00\r\n\xff\xfe\x00junk\r\n")
    cradle.say(b"T-2,yesterday\r\nT-3,2026-09-01 08:05:00\r\n")
    until(lambda: len(cradle.taken) == 2)
    one.close()
    assert [(line.code, line.time) for line in cradle.taken] == [("T-1", 1_788_220_800_000), ("T-3", 1_788_221_100_000)]
    assert one.bad == 2


def test_a_port_that_goes_is_opened_anew_and_half_a_line_is_none(cradle: Cradle) -> None:
    one = port(cradle, (("code", 1),))
    until(lambda: one.state == "no_port")
    cradle.plug()
    until(lambda: one.state == "open")
    cradle.say(b"T-1\nT-half")
    until(lambda: len(cradle.taken) == 1)
    cradle.unplug()
    until(lambda: one.state == "no_port")
    cradle.plug()
    until(lambda: one.state == "open")
    cradle.say(b"T-2\n")
    until(lambda: len(cradle.taken) == 2)
    one.close()
    assert [(line.code, line.time) for line in cradle.taken] == [("T-1", None), ("T-2", None)]
    assert one.bad == 1


def test_what_cannot_be_kept_now_is_kept_later_and_once(cradle: Cradle) -> None:
    cradle.plug()
    cradle.takes = False
    one = port(cradle, (("code", 1),))
    until(lambda: one.state == "open")
    cradle.say(b"T-1\n")
    cradle.say(b"T-2\n")
    until(lambda: len(one._waiting) == 2)
    cradle.takes = True
    until(lambda: len(cradle.taken) == 2)
    one.close()
    assert [line.code for line in cradle.taken] == ["T-1", "T-2"]
