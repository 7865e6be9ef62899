"""Looks over a window as a person would: is any text cut, does anything with text overlap, is a sign missing from our font?"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from PySide6.QtCore import QModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QRawFont
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from cityops_desktop.paths import FONTS
from ui.widgets.painted import PaintsTexts

CELL_MARGIN = 6
_RAW: dict[str, QRawFont] = {}
_THERE: dict[str, set[str]] = {"Regular": set(), "Bold": set()}
"""Signs that were found in each of the two."""


def raw_fonts() -> dict[str, QRawFont]:
    """Our two files, without any fallback."""
    if not _RAW:
        for weight in ("Regular", "Bold"):
            _RAW[weight] = QRawFont(str(FONTS / f"CityOpsSans-{weight}.otf"), 14)
            assert _RAW[weight].isValid()
    return _RAW


@dataclass
class Walk:
    """What was seen: `texts` counts them, `faults` says what is wrong and where."""

    where: str
    texts: int = 0
    faults: list[str] = field(default_factory=list)

    def blame(self, widget: QWidget, what: str) -> None:
        """One fault."""
        self.faults.append(f"{self.where}: {type(widget).__name__} {widget.objectName()}: {what}")

    def read(self, widget: QWidget, text: str, bold: bool = False) -> None:
        """Is every sign of it in our font?"""
        self.texts += 1
        weight = "Bold" if bold else "Regular"
        new = set(text) - _THERE[weight]
        if new:
            raw = raw_fonts()[weight]
            missing = {
                one for one in new if not one.isspace() and unicodedata.category(one) != "Cf" and not raw.supportsCharacter(ord(one))
            }
            _THERE[weight] |= new - missing
            if missing:
                self.blame(widget, f"no glyph for {sorted(missing)} in {text!r}")

    def must_fit(self, widget: QWidget, text: str, needed: int, there: int, tip: str = "") -> None:
        """Whole, or elided with a tool tip that holds it."""
        if needed > there and text not in tip:
            self.blame(widget, f"{text!r} needs {needed} px and has {there}")


def walk(window: QWidget, where: str) -> Walk:
    """Everything visible under `window`."""
    seen = Walk(where)
    speaking: list[QWidget] = []
    for widget in _visible(window):
        if widget.size().isValid() and _look_at(widget, seen):
            speaking.append(widget)
    _overlaps(window, speaking, seen)
    return seen


def _visible(widget: QWidget) -> Iterator[QWidget]:
    """It and what is in it, from above to below; what is hidden hides all that is in it, which other pages are."""
    if widget.isVisible():
        yield widget
        for child in widget.children():
            if isinstance(child, QWidget):
                yield from _visible(child)


@cache
def _paints(kind: type[QWidget]) -> bool:
    """Asked of a widget each time, a protocol is slow."""
    return issubclass(kind, PaintsTexts)


def _look_at(widget: QWidget, seen: Walk) -> bool:
    """Look at one widget; True when it shows text."""
    if _paints(type(widget)):
        return _painted(widget, seen)
    if isinstance(widget, QLabel):
        return _label(widget, seen)
    if isinstance(widget, QHeaderView):
        _header(widget, seen)
        return False
    if isinstance(widget, QAbstractItemView):
        _cells(widget, seen)
        return False
    if isinstance(widget, QComboBox):
        for n in range(widget.count()):
            seen.read(widget, widget.itemText(n))
            text = widget.fontMetrics().horizontalAdvance(widget.itemText(n))
            seen.must_fit(widget, widget.itemText(n), text + 34, widget.width(), widget.toolTip())
        return True
    if isinstance(widget, QLineEdit):
        seen.read(widget, widget.placeholderText() + widget.text())
        seen.must_fit(
            widget, widget.placeholderText(), widget.fontMetrics().horizontalAdvance(widget.placeholderText()) + 14, widget.width()
        )
        return True
    if isinstance(widget, QGroupBox):
        seen.read(widget, widget.title())
        seen.must_fit(widget, widget.title(), widget.fontMetrics().horizontalAdvance(widget.title()), widget.width())
        return False
    if isinstance(widget, QAbstractButton) and widget.text():
        seen.read(widget, widget.text(), widget.font().bold())
        needed = widget.sizeHint().width() if isinstance(widget, QPushButton) else widget.fontMetrics().horizontalAdvance(widget.text())
        seen.must_fit(widget, widget.text(), needed, widget.width())  # a button cuts its words, it never elides them
        if widget.height() < widget.fontMetrics().height():
            seen.blame(widget, f"{widget.text()!r} is cut in height")
        return True
    return False


def _label(label: QLabel, seen: Walk) -> bool:
    if not label.text():
        return False
    seen.read(label, label.text(), label.font().bold())
    room = label.contentsRect()
    if label.wordWrap():
        needed = label.fontMetrics().boundingRect(room, int(Qt.TextFlag.TextWordWrap), label.text())
        if needed.height() > room.height() + 1 or needed.width() > room.width() + 1:
            seen.blame(label, f"{label.text()!r} needs {needed.size().toTuple()} and has {room.size().toTuple()}")
    else:
        seen.must_fit(label, label.text(), label.fontMetrics().horizontalAdvance(label.text()), room.width(), label.toolTip())
        if label.fontMetrics().height() > label.height() + 1:
            seen.blame(label, f"{label.text()!r} is cut in height")
    return True


def _header(header: QHeaderView, seen: Walk) -> None:
    model = header.model()
    if model is None or header.orientation() is not Qt.Orientation.Horizontal:
        return
    for section in range(header.count()):
        text = str(model.headerData(section, Qt.Orientation.Horizontal) or "")
        if text and not header.isSectionHidden(section):
            seen.read(header, text)
            tip = str(model.headerData(section, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole) or "")
            needed = header.fontMetrics().horizontalAdvance(text) + 12
            if needed > header.sectionSize(section):
                seen.blame(header, f"title {text!r} (tool tip {tip!r}) needs {needed} px and has {header.sectionSize(section)}")


def _cells(view: QAbstractItemView, seen: Walk) -> None:
    model = view.model()
    if model is None:
        return
    index = view.indexAt(QPoint(2, 2))
    rows = 0
    while index.isValid() and rows < 60:
        row = index
        for column in range(model.columnCount(row.parent())):
            cell = row.siblingAtColumn(column)
            place = view.visualRect(cell)
            if not place.isEmpty():
                _cell(view, cell, place, seen)
        below = QPoint(2, view.visualRect(row).bottom() + 2)
        index = view.indexAt(below) if below.y() < view.viewport().height() else QModelIndex()
        rows += 1


def _cell(view: QAbstractItemView, cell: QModelIndex, place: QRect, seen: Walk) -> None:
    option = QStyleOptionViewItem()
    option.initFrom(view)
    option.rect, option.font = place, view.font()
    delegate = view.itemDelegateForIndex(cell)
    if hasattr(delegate, "initStyleOption"):
        delegate.initStyleOption(option, cell)
    text = str(option.text or "")
    if not text:
        return
    option.widget = view
    room = view.style().subElementRect(QStyle.SubElement.SE_ItemViewItemText, option, view).width() - CELL_MARGIN
    seen.read(view, text, option.font.bold())
    tip = str(cell.data(Qt.ItemDataRole.ToolTipRole) or "")
    text = text.replace("\u2028", "\n")
    wide = max(QFontMetrics(option.font).horizontalAdvance(line) for line in text.split("\n"))
    seen.must_fit(view, text, wide, room, tip)


def _painted(widget: QWidget, seen: Walk) -> bool:
    told: list[tuple[QRect, str, QFont]] = widget.painted_texts()  # type: ignore[attr-defined]
    whole = widget.toolTip()
    for place, text, font in told:
        seen.read(widget, text, font.bold())
        metrics = QFontMetrics(font)
        if metrics.horizontalAdvance(text) > place.width() + 1:
            seen.blame(widget, f"{text!r} needs {metrics.horizontalAdvance(text)} px and has {place.width()}")
        if metrics.tightBoundingRect(text).height() > place.height() + 1:
            seen.blame(widget, f"{text!r} is cut in height")
        if not widget.rect().adjusted(-1, -1, 1, 1).contains(place):
            seen.blame(widget, f"{text!r} at {place.getRect()} lies outside of {widget.rect().getRect()}")
        if "…" in text and text != whole and not all(part.strip() in whole for part in text.split("…")):
            seen.blame(widget, f"{text!r} is elided and the tool tip {whole!r} does not hold it")
    for text, words in _shared([(place, text) for place, text, _ in told]):
        seen.blame(widget, f"{text!r} and {words!r} overlap")
    return bool(told)


def _shared(told: list[tuple[QRect, str]]) -> Iterator[tuple[str, str]]:
    """Texts whose places share a pixel, two and two. From above to below: what begins under the end of a place cannot touch it."""
    falling = sorted(((place.top(), place.bottom(), place, text) for place, text in told), key=lambda one: one[0])
    for n, (_, bottom, place, text) in enumerate(falling):
        for top, _, other, words in islice(falling, n + 1, None):
            if top > bottom:
                break
            if place.intersected(other).isValid():
                yield text, words


def _overlaps(window: QWidget, speaking: list[QWidget], seen: Walk) -> None:
    """Widgets with text that are neither above nor below one another in the tree must not share a pixel."""
    places = []
    for widget in speaking:
        place = QRect(widget.mapTo(window, QPoint(0, 0)) if widget is not window else QPoint(0, 0), widget.size())
        parent = widget.parentWidget()
        while parent is not None and widget is not window:
            place = place.intersected(QRect(parent.mapTo(window, QPoint(0, 0)) if parent is not window else QPoint(0, 0), parent.size()))
            if parent is window:
                break
            parent = parent.parentWidget()
        if place.isValid():
            places.append((widget, place))
    falling = sorted(((place.top(), place.bottom(), place, one) for one, place in places), key=lambda told: told[0])
    for n, (_, bottom, place, one) in enumerate(falling):
        for top, _, there, other in islice(falling, n + 1, None):
            if top > bottom:
                break
            if place.intersects(there) and not one.isAncestorOf(other) and not other.isAncestorOf(one):
                seen.blame(one, f"overlaps {type(other).__name__} {other.objectName()} at {place.intersected(there).getRect()}")
