"""The console as a process: picture, remembered settings, end by signal, no station; and once on a real X server."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from cityops_desktop.errors import Exit
from cityops_desktop.paths import ROOT
from tests.ui.canned_station import CannedStation
from ui import app
from ui.settings import Settings

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


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb")
def test_once_on_a_real_x_server(canned: CannedStation, tmp_path):
    read, write = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"], pass_fds=[write], stderr=subprocess.DEVNULL
    ) as server:
        os.close(write)
        with os.fdopen(read) as told:
            display = told.readline().strip()
        picture = tmp_path / "shot.png"
        env = surroundings(tmp_path, QT_QPA_PLATFORM="xcb", DISPLAY=f":{display}")
        try:
            done = subprocess.run(
                command(canned.data, size=(1366, 768), screenshot=picture), env=env, capture_output=True, text=True, timeout=60, check=False
            )
        finally:
            server.terminate()
    if "could not load the Qt platform plugin" in done.stderr.lower():
        pytest.skip("the xcb libraries of Qt are not installed")
    assert done.returncode == Exit.OK, done.stderr
    assert QImage(str(picture)).width() == 1366


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
