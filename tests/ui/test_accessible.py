"""Screen readers and the keyboard: whatever can be reached has a name, and whatever can be used can be reached by Tab."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QScrollArea, QWidget

from cityops_desktop.texts import tr
from ui.frame.firststart import FirstStartDialog
from ui.frame.login import LoginDialog
from ui.window import PAGES

MOST = 400


def spoken(widget: QWidget) -> str:
    """What a screen reader says of it."""
    found = QAccessible.queryAccessibleInterface(widget)
    told = found.text(QAccessible.Text.Name) if found is not None else ""
    return (widget.accessibleName() or told or (widget.text() if isinstance(widget, QAbstractButton) else "")).strip()


def focusable(window: QWidget) -> list[QWidget]:
    """What the keyboard can reach now. A scroll area's own focus is only for scrolling by keys; its content has the names."""
    children = [window, *window.findChildren(QWidget)]
    return [
        one
        for one in children
        if one.focusPolicy() & Qt.FocusPolicy.TabFocus
        and one.isVisibleTo(window)
        and one.isEnabled()
        and one.window() is window
        and type(one) is not QScrollArea
        and not (one.objectName() or "").startswith("qt_")
    ]


def describe(widget: QWidget) -> str:
    parent = widget.parentWidget()
    return f"{type(widget).__name__} {widget.objectName()!r} in {type(parent).__name__}"


def show(desk, name: str, qapp: QApplication) -> None:
    desk.window.show_page(name)
    qapp.processEvents()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_widget_that_takes_the_keyboard_has_a_name(qapp, desk, language):
    desk.window.set_language(language)
    nameless = []
    count = 0
    for page, _ in PAGES:
        show(desk, page, qapp)
        found = focusable(desk.window)
        count += len(found)
        nameless += [f"{page}: {describe(one)}" for one in found if not spoken(one)]
    assert count > 100
    assert not nameless, "\n".join(sorted(set(nameless)))


def test_the_frame_names_its_parts(desk):
    window = desk.window
    assert window.bar.accessibleName() == "Alarm bar"
    assert window.nav.accessibleName() == "Pages"
    assert window.stack.accessibleName() == "Page"
    assert window.bar.counts[0].accessibleName() == "Critical: 3 open, 1 not acknowledged"
    assert window.bar.newest.accessibleName().startswith("Newest unacknowledged alarm: ")
    assert window.bar.status.accessibleName() == "Status line"
    assert "Newest data: 1 s ago" in window.bar.status.accessibleDescription()
    assert window.nav.settings.accessibleName() == "Settings"
    assert window.bar.clock.accessibleName() == window.bar.clock.text()
    desk.model.set_connected(False)
    desk.window.banner._grace.stop()
    desk.window.banner.refresh()
    assert window.banner.accessibleName().startswith("NO STATION since")
    assert window.banner.accessibleDescription() == window.banner.why.text()


@pytest.mark.parametrize("kind", ["login", "first"])
def test_dialogs_name_their_fields(qtbot, desk, kind):
    dialog: QDialog = LoginDialog(desk.link, "", None, desk.window) if kind == "login" else FirstStartDialog(desk.link, print, desk.window)
    dialog.show()
    found = focusable(dialog)
    assert len(found) >= 4
    assert not [describe(one) for one in found if not spoken(one)]
    assert dialog.windowTitle()
    dialog.close()


def walked(qtbot, window: QWidget) -> set[QWidget]:
    """Everything that Tab comes to, from wherever the keyboard is until it is there again."""
    reached: list[QWidget] = []
    start = window.focusWidget() or window
    now = start
    for _ in range(MOST):
        qtbot.keyClick(now, Qt.Key.Key_Tab)
        following = window.focusWidget() or window
        if following is now or following in reached:
            break
        reached.append(following)
        now = following
    return set(reached)


@pytest.mark.parametrize("page", [name for name, _ in PAGES])
def test_tab_comes_to_everything(qtbot, qapp, desk, page):
    desk.window.activateWindow()
    show(desk, page, qapp)
    reached = walked(qtbot, desk.window)
    missed = [describe(one) for one in focusable(desk.window) if one not in reached and _own_stop(one)]
    assert not missed, "\n".join(missed)
    assert len(reached) > 8


def _own_stop(widget: QWidget) -> bool:
    """Buttons of an exclusive group are one stop of Tab; arrows lead to the others, and so do their own keys (Ctrl+1 ...)."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    return group is None or not group.exclusive()


def test_every_page_button_has_a_key(qtbot, desk):
    for number, (name, _) in enumerate(PAGES[:9], 1):
        if desk.window.nav.group.button(number - 1).isVisible():
            qtbot.keyClick(desk.window, Qt.Key(Qt.Key.Key_0 + number), Qt.KeyboardModifier.ControlModifier)
            assert desk.window.current == name
    assert tr("Settings") == desk.window.nav.settings.text()
