"""Every page in both languages, both colours, two sizes: nothing is cut, nothing overlaps, no sign is missing."""

import json
import os
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from cityops_desktop.model.people import Role
from tests.ui.rooms import copy_of_room
from tests.ui.walker import walk
from ui import theme
from ui.frame.firststart import FirstStartDialog
from ui.frame.login import LoginDialog
from ui.window import OFF_NAVIGATION, PAGES

SIZES = [(1366, 768), (1920, 1080)]
PICTURES = os.environ.get("CITYOPS_PICTURES")
"""A folder for pictures of everything that is walked, for the eye."""


def keep(widget: QWidget, name: str) -> None:
    if PICTURES:
        widget.grab().save(str(Path(PICTURES) / f"{name}.png"))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_page(qtbot, qapp: QApplication, desk, language, colours, size):
    theme.apply(qapp, theme.THEMES[colours])
    window = desk.window
    window.set_language(language)
    window.resize(*size)
    faults, texts = [], 0
    for state in ("busy", "calm", "lost"):
        if state == "calm":
            desk.model.apply_copy(copy_of_room(calm=True))
        elif state == "lost":
            desk.model.apply_copy(copy_of_room())
            desk.model.set_connected(False)
        for page, _ in (*PAGES, *OFF_NAVIGATION):
            window.show_page(page)
            if page == "trends":
                for key in ("air-conditioning-1.temperature", "air-conditioning-2.humidity", "ups-1.load"):
                    window.page("trends").add_point(key)
            qapp.processEvents()
            assert window.size() == QSize(*size), f"{page} does not fit {size}: {window.size().toTuple()}"
            seen = walk(window, f"{page}, {state}")
            keep(window, f"{page}-{state}-{language}-{colours}-{size[0]}")
            faults += seen.faults
            texts += seen.texts
    assert not faults, "\n".join(faults)
    assert texts > 300


@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_dialog(qtbot, qapp: QApplication, desk, language, colours):
    theme.apply(qapp, theme.THEMES[colours])
    desk.window.set_language(language)
    people = [
        {"name": f"person{n}", "display": "系统管理员", "password": "Kf7-tulip-Orbit-42", "roles": [role.value]}
        for n, role in enumerate(Role)
    ]
    (desk.link.data / "demo-people.json").write_text(json.dumps(people))
    from cityops_desktop.sentences import COMMAND_CODES
    from cityops_desktop.texts import tr

    longest = max((tr(words) for words in COMMAND_CODES.values()), key=len)
    purpose = tr("Log in to acknowledge {n} alarm(s).", n=500)
    for dialog in (LoginDialog(desk.link, purpose, None, desk.window), FirstStartDialog(desk.link, print, desk.window)):
        dialog.say(longest)
        dialog.show()
        qapp.processEvents()
        seen = walk(dialog, type(dialog).__name__)
        keep(dialog, f"{type(dialog).__name__}-{language}-{colours}")
        dialog.close()
        assert not seen.faults, "\n".join(seen.faults)
        assert seen.texts >= 6


class Painted(QWidget):
    """Says whatever a test wants."""

    told: list[tuple[QRect, str, QFont]] = []  # noqa: RUF012

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        return self.told


def window_of(qtbot, *children: QWidget) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(300, 100)
    for child in children:
        child.setParent(window)
    window.show()
    return window


def label(text: str, *place: int, tip: str = "") -> QLabel:
    result = QLabel(text)
    result.setGeometry(*place)
    result.setToolTip(tip)
    return result


def test_the_walker_sees_what_is_cut(qtbot):
    assert walk(window_of(qtbot, label("much too long for this", 0, 0, 40, 20)), "").faults
    assert not walk(window_of(qtbot, label("much too long for this", 0, 0, 40, 20, tip="much too long for this")), "").faults
    assert walk(window_of(qtbot, label("flat", 0, 0, 80, 8)), "").faults
    button = QPushButton("Log in")
    button.setGeometry(0, 0, 20, 30)
    button.setToolTip("Log in")
    assert walk(window_of(qtbot, button), "").faults, "a tool tip is no excuse: a button never elides"


def test_the_walker_sees_what_overlaps(qtbot):
    assert walk(window_of(qtbot, label("one", 0, 0, 80, 20), label("two", 40, 10, 80, 20)), "").faults
    assert not walk(window_of(qtbot, label("one", 0, 0, 80, 20), label("two", 80, 0, 80, 20)), "").faults


def test_the_walker_sees_a_missing_sign(qtbot):
    assert "no glyph" in walk(window_of(qtbot, label("\U0001f525", 0, 0, 80, 20)), "").faults[0]


@pytest.mark.parametrize(
    ("told", "tip", "fault"),
    [
        ([(QRect(0, 0, 10, 20), "too long", theme.font())], "", "needs"),
        ([(QRect(0, 0, 80, 20), "too lo…", theme.font())], "too", "elided"),
        ([(QRect(0, 0, 80, 20), "too lo…", theme.font())], "too long", ""),
        ([(QRect(60, 0, 80, 20), "out", theme.font())], "", "outside"),
        ([(QRect(0, 0, 50, 20), "one", theme.font()), (QRect(40, 0, 50, 20), "two", theme.font())], "", "overlap"),
        ([(QRect(0, 0, 80, 5), "flat", theme.font())], "", "height"),
    ],
)
def test_the_walker_sees_painted_texts(qtbot, told, tip, fault):
    painted = Painted()
    painted.told = told
    painted.setToolTip(tip)
    painted.resize(100, 40)
    faults = walk(window_of(qtbot, painted), "").faults
    assert (fault in faults[0]) if fault else not faults
