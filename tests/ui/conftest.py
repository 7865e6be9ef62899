"""The console's tests: our own font and theme in one application, the Chinese catalogue compiled, no window left behind."""

import functools
import gc
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from PySide6.QtCore import QCoreApplication, QEvent, SignalInstance
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from pytestqt.wait_signal import SignalBlocker

from cityops_desktop import texts
from cityops_desktop.link.messages import Beat
from cityops_desktop.link.people import PersonInfo, SessionInfo
from cityops_desktop.model.people import Role, Way
from tests.ui.canned_station import CannedStation
from tests.ui.rooms import BOOT, NOW, copy_of_room
from ui import app as console
from ui import sound, theme, tones
from ui.link import Link
from ui.models.room import RoomModel
from ui.sound import Sound
from ui.window import Window

SESSION = SessionInfo(
    token="s" * 32,
    id="session-1",
    person=PersonInfo(id="p1", name="zhang", display="张工", roles=[Role.DUTY]),
    way=Way.FULL,
    expires=NOW + 36_000_000,
    idle_seconds=1800,
    rights=["alarm.acknowledge"],
)
PATIENCE_MS = 30_000
CATALOGUE = Path(texts.__file__).parent.parent / "resources/translations/zh_CN/LC_MESSAGES/cityops.po"


class PatientBot(QtBot):
    """On a busy machine what a test waits for comes late: whatever limit a test names, it waits half a minute at least."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = PATIENCE_MS) -> None:
        super().waitUntil(callback, timeout=max(timeout, PATIENCE_MS))

    def waitSignal(self, signal: SignalInstance, *, timeout: int = PATIENCE_MS, **options: Any) -> SignalBlocker:
        return super().waitSignal(signal, timeout=max(timeout, PATIENCE_MS), **options)

    def waitExposed(self, widget: QWidget, *, timeout: int = PATIENCE_MS) -> AbstractContextManager[None]:
        return super().waitExposed(widget, timeout=max(timeout, PATIENCE_MS))


@pytest.fixture(autouse=True, scope="module")
def collected() -> Iterator[None]:
    """What a module's windows leave in circles goes here: in a later test a thread of a store could be the one that finds them. What is
    still in use after that stays, and is not looked at again."""
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """The plugin's own, with more patience."""
    return PatientBot(request)


@pytest.fixture(scope="session", autouse=True)
def chinese_catalogue() -> None:
    compiled = CATALOGUE.with_suffix(".mo")
    if not compiled.exists() or compiled.stat().st_mtime < CATALOGUE.stat().st_mtime:
        with CATALOGUE.open("rb") as source:
            catalogue = read_po(source, locale="zh_CN")
        ours = compiled.with_name(f".{os.getpid()}.mo")  # another worker may be reading the old one
        with ours.open("wb") as target:
            write_mo(target, catalogue)
        ours.replace(compiled)


@pytest.fixture(scope="session", autouse=True)
def fonts(qapp: QApplication) -> None:
    assert console.load_fonts()


@pytest.fixture(scope="session", autouse=True)
def tones_once() -> Iterator[None]:
    """Every window reckons its tones from numbers, a tenth of a second; the same numbers give the same tones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sound, "tone", functools.cache(tones.tone))
        yield


@pytest.fixture(autouse=True)
def light(qapp: QApplication) -> Iterator[None]:
    if theme.current() is not theme.LIGHT or not qapp.styleSheet():
        theme.apply(qapp, theme.LIGHT)
    yield
    # windows of this test that wait for their deletion would be styled anew with every other theme
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def canned(tmp_path: Path) -> Iterator[CannedStation]:
    """A station of canned answers whose data directory is tmp_path."""
    station = CannedStation(tmp_path)
    station.greeting = [("copy", copy_of_room()), ("beat", Beat(seq=2, now=NOW + 1000, boot=BOOT, newest=NOW))]
    station.answers["/api/v1/session"] = (201, SESSION)
    station.start()
    yield station
    station.stop()


@dataclass
class Desk:
    """A whole window, fed by hand."""

    model: RoomModel
    link: Link
    sound: Sound
    window: Window


def made_desk(qtbot: QtBot, data: Path, request: pytest.FixtureRequest) -> Desk:
    """Where every test of a module shows a page before it looks (OPENS_A_PAGE), the first page is not filled with the room for nothing."""
    model = RoomModel()
    link = Link(data, model)
    sound = Sound(model, players=())
    window = Window(model, link, sound, asks=False)
    if getattr(request.module, "OPENS_A_PAGE", False):
        window.stack.setCurrentIndex(window.stack.addWidget(QWidget()))
    window.resize(1366, 768)
    qtbot.addWidget(window)
    window.show()
    return Desk(model, link, sound, window)


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A window with the made room in it and no station behind it; close to what a duty desk shows."""
    made = made_desk(qtbot, tmp_path, request)
    made.model.apply_copy(copy_of_room())
    made.model.set_connected(True)
    yield made
    made.window.close()


@pytest.fixture
def live_desk(qtbot: QtBot, canned: CannedStation, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A window on the canned station, connected."""
    made = made_desk(qtbot, canned.data, request)
    with qtbot.waitSignal(made.model.connectedChanged):
        made.link.start()
    yield made
    made.window.close()
