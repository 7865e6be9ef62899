"""The screen stays lit: asked of a real X server, and of a real message bus whose services are somebody else's (python-dbusmock)."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cityops_desktop.paths import ROOT
from tests.ui.xscreen import wait_for, x_screen

HOLD = """
import logging, sys
from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication
from ui.wall.awake import Awake
app = QApplication([])
awake = Awake()
awake.changed.connect(lambda: print(",".join(sorted(awake.ways)) or "nothing", awake.screen_stays, flush=True))
notifier = QSocketNotifier(0, QSocketNotifier.Type.Read)
def obey():
    word = sys.stdin.readline().strip()
    if word == "hold":
        awake.hold()
    elif word == "release":
        awake.release()
    else:
        app.quit()
    print("obeyed", word, flush=True)
notifier.activated.connect(obey)
app.exec()
"""


class Holder:
    """A process that keeps the screen awake when it is told to."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self._said = folder / "said"
        out = self._said.open("w")
        surroundings = {key: value for key, value in os.environ.items() if not key.startswith(("DBUS_", "DISPLAY", "XDG_RUNTIME"))}
        surroundings |= {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"} | environment
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT, env=surroundings, text=True
        )
        out.close()

    def order(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        assert wait_for(lambda: f"obeyed {word}" in self._said.read_text()), self._said.read_text()

    def says(self, line: str) -> bool:
        return wait_for(lambda: line in self._said.read_text().splitlines())

    def said(self) -> str:
        return self._said.read_text()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdin is not None
        self.process.stdin.close()


@contextmanager
def holder(folder: Path, **environment: str) -> Iterator[Holder]:
    found = Holder(folder, **environment)
    try:
        yield found
    finally:
        found.end()


class SaverInfo(ctypes.Structure):
    _fields_ = (
        ("window", ctypes.c_ulong),
        ("state", ctypes.c_int),
        ("kind", ctypes.c_int),
        ("til_or_since", ctypes.c_ulong),
        ("idle", ctypes.c_ulong),
        ("events", ctypes.c_ulong),
    )


class Saver:
    """What the X server itself says of its screen saver."""

    def __init__(self, display: str) -> None:
        self._x11, self._xss = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXss.so.1")
        self._x11.XOpenDisplay.restype = ctypes.c_void_p
        self._x11.XDefaultRootWindow.argtypes = self._x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
        self._x11.XDefaultRootWindow.restype = ctypes.c_ulong
        self._xss.XScreenSaverQueryInfo.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.POINTER(SaverInfo)]
        self._display = self._x11.XOpenDisplay(display.encode())

    def ask(self) -> tuple[bool, int]:
        """Does the saver cover the screen, and for how many ms has nobody touched anything?"""
        info = SaverInfo()
        assert self._xss.XScreenSaverQueryInfo(self._display, self._x11.XDefaultRootWindow(self._display), ctypes.byref(info))
        return info.state == 1, int(info.idle)

    def close(self) -> None:
        self._x11.XCloseDisplay(self._display)


def test_the_x_server_does_not_blank_until_it_may(tmp_path):
    with x_screen(tmp_path) as screen, holder(tmp_path, QT_QPA_PLATFORM="xcb", DISPLAY=screen.display) as held:
        saver = Saver(screen.display)  # first: a server whose last client leaves forgets its settings
        try:
            subprocess.run(["xset", "-display", screen.display, "s", "2", "s", "blank"], check=True, timeout=60)
            held.order("hold")
            assert held.says("X11 True")
            assert wait_for(lambda: saver.ask()[1] > 4000), "twice the time after which it would go dark"
            assert not saver.ask()[0], "and it has not"
            held.order("release")
            assert held.says("nothing False")
            assert wait_for(lambda: saver.ask()[0]), "now it goes dark: the test sees what it looks for"
        finally:
            saver.close()


def test_what_is_held_ends_with_the_process(tmp_path):
    with x_screen(tmp_path) as screen, holder(tmp_path, QT_QPA_PLATFORM="xcb", DISPLAY=screen.display) as held:
        saver = Saver(screen.display)
        try:
            held.order("hold")
            assert held.says("X11 True")
            subprocess.run(["xset", "-display", screen.display, "s", "1", "s", "blank"], check=True, timeout=60)
            held.end()
            assert wait_for(lambda: saver.ask()[0]), "a killed wall leaves no screen lit for ever"
        finally:
            saver.close()


@contextmanager
def bus() -> Iterator[str]:
    """A message bus of its own; its address."""
    command = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as daemon:
        try:
            assert daemon.stdout is not None
            yield daemon.stdout.readline().strip()
        finally:
            daemon.terminate()


@contextmanager
def service(address: str, *words: str) -> Iterator[None]:
    """python-dbusmock on this bus, of the system's own Python."""
    environment = os.environ | {"DBUS_SESSION_BUS_ADDRESS": address, "DBUS_SYSTEM_BUS_ADDRESS": address}
    command = ["/usr/bin/python3", "-m", "dbusmock", *words]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


def call(address: str, *words: str) -> str:
    """A call by dbus-send; empty until the service answers."""
    command = ["dbus-send", f"--bus={address}", "--print-reply", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout


LOGIND = ("--dest=org.freedesktop.login1", "/org/freedesktop/login1")
SAVER = ("--dest=org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver")


def test_logind_holds_the_machine_but_not_the_screen(tmp_path):
    with bus() as address, service(address, "--template", "logind"), holder(tmp_path, DBUS_SYSTEM_BUS_ADDRESS=address) as held:
        inhibitors = (*LOGIND, "org.freedesktop.login1.Manager.ListInhibitors")
        assert wait_for(lambda: "array" in call(address, *inhibitors))
        held.order("hold")
        assert held.says("logind False")
        told = call(address, *inhibitors)
        assert '"idle"' in told and '"cityops-desktop"' in told and '"block"' in told
        held.order("release")
        assert wait_for(lambda: '"idle"' not in call(address, *inhibitors)), "the descriptor is closed"


def test_a_desktop_is_asked_and_its_no_is_told(tmp_path):
    words = ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver", "-l", str(tmp_path / "calls"))
    add = (*SAVER, "org.freedesktop.DBus.Mock.AddMethod", "string:org.freedesktop.ScreenSaver", "string:Inhibit", "string:ss")
    with bus() as address, service(address, *words), holder(tmp_path, DBUS_SESSION_BUS_ADDRESS=address) as held:
        assert wait_for(lambda: call(address, *SAVER, "org.freedesktop.DBus.Introspectable.Introspect"))
        held.order("hold")  # it has no such method yet: an error comes back
        held.order("release")
        assert wait_for(lambda: call(address, *add, "string:u", "string:ret = dbus.UInt32(7)"))
        held.order("hold")
        assert held.says("D-Bus True"), held.said()
        assert 'Inhibit "cityops-desktop" "Wall display of a machine room"' in (tmp_path / "calls").read_text()


def test_where_nothing_keeps_it_awake_nothing_is_claimed(tmp_path):
    with holder(tmp_path, DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={tmp_path}/none") as held:
        held.order("hold")
        held.order("release")
        assert "True" not in held.said()


@pytest.mark.parametrize("word", ["hold", "release"])
def test_twice_is_once(tmp_path, word):
    with holder(tmp_path, DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={tmp_path}/none") as held:
        held.order(word)
        held.order(word)
        assert held.process.poll() is None
