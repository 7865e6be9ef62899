"""The console as a process: picture, remembered settings, end by signal, no station; and once driven on a real X server."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage

from cityops_desktop.errors import Exit
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import Change
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.model.people import Outcome
from cityops_desktop.paths import ROOT
from tests.ui.canned_station import CannedStation
from tests.ui.conftest import Desk
from tests.ui.rooms import NOW, alarm
from tests.ui.xscreen import XScreen, wait_for, x_screen
from ui import app, theme
from ui.frame.counts import MARKER
from ui.settings import Settings
from ui.window import PAGES

SIZE = (1366, 768)
SIDE = 140
"""A column of the navigation where no button has words."""

PROGRAM = """
import logging, sys
from pathlib import Path
logging.basicConfig(level=logging.INFO)
from ui.app import run
sys.exit(run(Path({data!r}), **{options!r}))
"""


def command(data: Path, **options: object) -> list[str]:
    if "screenshot" in options:
        options["screenshot"] = str(options["screenshot"])
    program = PROGRAM.format(data=str(data), options=options).replace("**{", "**{", 1)
    program = program.replace("'screenshot': '", "'screenshot': Path('").replace(".png'", ".png')")
    return [sys.executable, "-W", "error", "-c", program]


def surroundings(tmp_path: Path, **more: str) -> dict[str, str]:
    return (
        os.environ
        | {"XDG_CONFIG_HOME": str(tmp_path / "config"), "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT), "CITYOPS_LANG": "en"}
        | more
    )


def test_a_picture_with_values_and_settings_that_last(canned: CannedStation, tmp_path):
    picture = tmp_path / "shot.png"
    options = {"language": "zh_CN", "theme": "dark", "page": "alarms", "size": (1366, 768), "screenshot": picture}
    first = subprocess.run(
        command(canned.data, **options), env=surroundings(tmp_path), capture_output=True, text=True, timeout=60, check=False
    )
    assert first.returncode == Exit.OK, first.stderr
    assert "values on the screen after" in first.stderr
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1366, 768)
    assert image.pixelColor(700, 700).lightness() < 90
    stored = (tmp_path / "config/cityops-desktop/console.ini").read_text()
    assert "language=zh_CN" in stored
    assert "theme=dark" in stored


def test_without_a_station_the_end_says_so(tmp_path):
    ended = subprocess.run(
        command(tmp_path, seconds=0.5), env=surroundings(tmp_path), capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == Exit.NO_STATION, ended.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(canned: CannedStation, tmp_path, number):
    process = subprocess.Popen(command(canned.data, size=(1366, 768)), env=surroundings(tmp_path), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if "values on the screen" in line:
                process.send_signal(number)
                break
        rest = process.communicate(timeout=30)[1]
    finally:
        process.kill()
        process.wait()
    assert process.returncode == Exit.OK, rest


@contextmanager
def console_on(screen: XScreen, canned: CannedStation, tmp_path: Path) -> Iterator[None]:
    """The console on a real display, its first values painted; ended by SIGTERM, which must go well."""
    env = surroundings(tmp_path, QT_QPA_PLATFORM="xcb", DISPLAY=screen.display)
    log = tmp_path / "console.log"
    with log.open("w") as said:
        process = subprocess.Popen(command(canned.data, language="en", theme="light", size=SIZE), env=env, stderr=said, text=True)
    try:
        assert wait_for(lambda: process.poll() is not None or "values on the screen" in log.read_text())
        hint = "`python3 dev.py test` installs what Qt needs on X11 (libxcb-cursor0 and others)"
        assert process.poll() is None, f"the console ended; {hint}\n{log.read_text()}"
        yield
        process.terminate()
        assert process.wait(30) == Exit.OK, log.read_text()
    finally:
        process.kill()
        process.wait()


def sent(canned: CannedStation, path: str) -> list[Any]:
    return [body for _, there, _, body in canned.requests if there.startswith(path)]


def asked_span(path: str) -> int:
    """Milliseconds that a question for history asks for; 0 for another question."""
    asked = parse_qs(urlsplit(path).query)
    return int(asked["to"][0]) - int(asked["from"][0]) if "/history" in path and "to" in asked else 0


def test_a_person_at_a_real_x_server(canned: CannedStation, desk: Desk, tmp_path):
    """Pages by key and by mouse, a login by typing, acknowledging by F7; what is true is what the station gets and what is seen."""
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.DONE))
    numbers = {name: number for number, (name, _) in enumerate(PAGES)}
    place = {
        name: widget.mapTo(desk.window, widget.rect().center())
        for name, widget in ((name, desk.window.nav.group.button(numbers[name])) for name in ("trends", "alarms"))
    }
    beside = {name: (SIDE, middle.y()) for name, middle in place.items()}
    critical = desk.window.bar.counts[0].mapTo(desk.window, QPoint(8 + MARKER // 2, desk.window.bar.counts[0].height() // 2)).toTuple()
    light = theme.LIGHT
    with x_screen(tmp_path) as screen, console_on(screen, canned, tmp_path):
        screen.focus("CityOps Desktop")
        screen.key(f"ctrl+{numbers['trends'] + 1}")
        assert screen.shows(*beside["trends"], light.nav_current), "Ctrl and its number mark Trends"
        assert wait_for(lambda: any(asked_span(path) == 900_000 for _, path, _, _ in canned.requests)), "a quarter of an hour"
        screen.click(*place["alarms"].toTuple())
        assert screen.shows(*beside["alarms"], light.nav_current) and screen.shows(*beside["trends"], light.nav)
        assert screen.shows(*critical, light.critical) and screen.shows(*critical, light.panel), "the sign of the level flashes"
        screen.key("F7")
        screen.focus("Log in")
        screen.type("zhang")
        screen.key("Tab")
        screen.type("Kf7-tulip")
        screen.key("Return")
        assert wait_for(lambda: sent(canned, "/api/v1/commands")), canned.requests[-3:]
        (login,) = sent(canned, "/api/v1/session")
        assert (login["name"], login["password"]) == ("zhang", "Kf7-tulip")
        done = {"acknowledged": NOW, "actor": "p1", "actor_name": "张工"}
        first = alarm(1, "air-conditioning-2.temperature", 2, AlarmState.ACKNOWLEDGED, **done)
        canned.send("change", Change(seq=3, now=NOW + 2000, alarms=[first]))
        screen.focus("CityOps Desktop")
        newest = desk.window.bar.newest.mapTo(desk.window, QPoint(6 + 4, desk.window.bar.newest.height() // 2)).toTuple()
        assert screen.shows(*newest, light.critical), "the next one stands in the bar, a square"
        screen.key("F7")
        assert wait_for(lambda: len(sent(canned, "/api/v1/commands")) == 2)
        assert [one["act"]["alarms"] for one in sent(canned, "/api/v1/commands")] == [["alarm-0001"], ["alarm-0002"]]
        assert screen.shows(*critical, light.critical), "sent is not acknowledged: only the station's word is"
        second = alarm(2, "leak-detection-1.wet", 1, AlarmState.ACKNOWLEDGED, cause=Cause.STATE, **done)
        canned.send("change", Change(seq=4, now=NOW + 3000, alarms=[second]))
        assert wait_for(lambda: not screen.shows(*critical, light.critical, seconds=1.2)), "acknowledged: an outline that does not flash"


def test_settings_are_only_what_is_known(tmp_path):
    settings = Settings(tmp_path / "console.ini")
    assert settings.word("theme", ("light", "dark"), "light") == "light"
    settings.remember("theme", "purple")
    assert settings.word("theme", ("light", "dark"), "light") == "light"
    settings.remember("theme", "dark")
    settings.save()
    assert Settings(tmp_path / "console.ini").word("theme", ("light", "dark"), "light") == "dark"
    assert settings.geometry().isEmpty()


def test_a_missing_font_is_said_loudly(tmp_path, expected_log):
    expected_log("is missing")
    assert not app.load_fonts(tmp_path)
