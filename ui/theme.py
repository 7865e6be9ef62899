"""Colours, sizes, fonts and level markers: the one table of how the console looks. Never decides what is shown.

Colour means that something is wrong (ISA-101): a page in order is grey. Paint alarms by `paint_level` (shape and number, so
that colour is never the only sign) and old values by `paint_stale`. Read `current()` when painting, never keep a colour; a
widget that caches anything connects to `changes.themeChanged`. A widget that paints text itself offers
`painted_texts()` (see ui.widgets.painted), or the test that walks all pages cannot see what is cut.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QApplication, QStyleFactory

from cityops_desktop.model.alarms import Hidden
from cityops_desktop.model.levels import COLOURS, LevelLook, colours, ink_on
from cityops_desktop.model.points import Level
from cityops_desktop.paths import RESOURCES

FAMILY = "CityOps Sans"
FAMILIES = (FAMILY, "Noto Sans SC", "Noto Sans CJK SC", "Microsoft YaHei")
SMALL, BODY, TITLE, VALUE = 12, 14, 17, 24
GAP = 8
ARROW = RESOURCES / "icons" / "down.svg"


@dataclass(frozen=True, slots=True)
class Theme:
    """Colour tokens (#RRGGBB). `on_*` is the text colour upon the colour of that name; `level_text_*` the level as text on a panel;
    `heat` runs from cold to hot with one way in lightness."""

    name: str
    dark: bool
    page: str
    panel: str
    line: str
    text: str
    text_dim: str
    value: str
    accent: str
    on_accent: str
    selection: str
    band: str
    track: str
    nav: str
    nav_text: str
    nav_current: str
    button: str
    critical: str
    major: str
    minor: str
    warning: str
    on_critical: str
    on_major: str
    on_minor: str
    on_warning: str
    hatch: str
    stale_text: str
    limit: str
    demo: str
    on_demo: str
    curves: tuple[str, ...]
    heat: tuple[str, ...]

    def level(self, level: int) -> str:
        """The colour of an alarm level, 1 (critical) to 4 (warning)."""
        return (self.critical, self.major, self.minor, self.warning)[level - 1]

    def on_level(self, level: int) -> str:
        """The text colour upon `level(level)`."""
        return (self.on_critical, self.on_major, self.on_minor, self.on_warning)[level - 1]


LIGHT = Theme(
    name="light",
    dark=False,
    page="#D4D6D8",
    panel="#E5E6E8",
    line="#A9AEB3",
    text="#1D2125",
    text_dim="#50575E",
    value="#10233F",
    accent="#2A5C96",
    on_accent="#FFFFFF",
    selection="#BCCBDD",
    band="#A7ACB2",
    track="#CBCED1",
    nav="#3B4148",
    nav_text="#E4E6E8",
    nav_current="#56606B",
    button="#DDDFE1",
    critical="#C8102E",
    major="#E87511",
    minor="#F2C500",
    warning="#9B2FAE",
    on_critical="#FFFFFF",
    on_major="#16181A",
    on_minor="#16181A",
    on_warning="#FFFFFF",
    hatch="#8C9299",
    stale_text="#50575E",
    limit="#50575E",
    demo="#2A5C96",
    on_demo="#FFFFFF",
    curves=("#1B4F8F", "#00757F", "#4B742B", "#6B5644", "#3F4FA8", "#3F86BF", "#24282C", "#64758A"),
    heat=("#D3E2EE", "#C2D1DA", "#BDBDB7", "#B3A595", "#A38B76", "#8F7260", "#7A5C4A"),
)
DARK = Theme(
    name="dark",
    dark=True,
    page="#23272B",
    panel="#2C3136",
    line="#4B525A",
    text="#DEE1E4",
    text_dim="#A3AAB2",
    value="#F0F2F4",
    accent="#6FA8E0",
    on_accent="#14171A",
    selection="#3A4D63",
    band="#59616A",
    track="#3A4047",
    nav="#181B1E",
    nav_text="#D3D7DB",
    nav_current="#353C44",
    button="#363C43",
    critical="#FF4D5E",
    major="#FF9A3D",
    minor="#F5D033",
    warning="#D98AE8",
    on_critical="#16181A",
    on_major="#16181A",
    on_minor="#16181A",
    on_warning="#16181A",
    hatch="#6B737C",
    stale_text="#A3AAB2",
    limit="#A3AAB2",
    demo="#6FA8E0",
    on_demo="#14171A",
    curves=("#7FB2EA", "#4FC3C9", "#A2C97A", "#C8AD92", "#A3ABF2", "#B9D9F2", "#E6E8EA", "#8FA1B5"),
    heat=("#2A4156", "#3F586B", "#5A6B74", "#7C7C79", "#A09080", "#C2A68E", "#E2C5AB"),
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


def _with_levels(theme: Theme, looks: Mapping[Level, LevelLook]) -> Theme:
    """The theme with a room's own colours of levels."""
    own = colours(looks, theme.name)
    tokens: dict[str, Any] = {level.name.lower(): colour for level, colour in own.items()}
    tokens |= {f"on_{level.name.lower()}": ink_on(colour) for level, colour in own.items() if colour != COLOURS[theme.name][level]}
    return replace(theme, **tokens)


class _Changes(QObject):
    """Says that `current()` is another one now."""

    themeChanged = Signal()


changes = _Changes()
_current = LIGHT


def current() -> Theme:
    """The theme in force."""
    return _current


def show_levels(looks: Mapping[Level, LevelLook]) -> None:
    """From now on levels have this room's colours, in every theme; shapes, digits and words stay."""
    global _current
    for theme in (LIGHT, DARK):
        THEMES[theme.name] = _with_levels(theme, looks) if looks else theme
    if _current != THEMES[_current.name]:
        _current = THEMES[_current.name]
        changes.themeChanged.emit()


@cache
def font(size: int = BODY, bold: bool = False) -> QFont:
    """Our family at a size in px; its digits are all of one width, so nothing jumps when a value changes. Do not modify."""
    result = QFont()
    result.setFamilies(list(FAMILIES))
    result.setPixelSize(size)
    result.setBold(bold)
    return result


def palette(theme: Theme) -> QPalette:
    """The theme as Qt's palette."""
    role = QPalette.ColorRole
    result = QPalette()
    table = {
        role.Window: theme.page,
        role.WindowText: theme.text,
        role.Base: theme.panel,
        role.AlternateBase: theme.page,
        role.Text: theme.text,
        role.Button: theme.button,
        role.ButtonText: theme.text,
        role.Highlight: theme.selection,
        role.HighlightedText: theme.text,
        role.ToolTipBase: theme.panel,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.text_dim,
        role.Link: theme.accent,
        role.Accent: theme.accent,
        role.Light: theme.panel,
        role.Midlight: theme.panel,
        role.Mid: theme.line,
        role.Dark: theme.line,
        role.Shadow: theme.line,
    }
    for key, colour in table.items():
        result.setColor(key, QColor(colour))
    for key in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, key, QColor(theme.hatch))
    return result


def style_sheet(theme: Theme) -> str:
    """Flat buttons, fields and heads, which Fusion draws with gradients; less than 1 KB."""
    t = theme
    return (
        f"QPushButton{{background:{t.button};border:1px solid {t.line};padding:4px 12px;border-radius:2px}}"
        f"QPushButton:hover,QPushButton:focus,QLineEdit:focus,QComboBox:focus,QTableView:focus,QTreeView:focus,QPlainTextEdit:focus"
        f"{{border-color:{t.accent}}}QPushButton:pressed,QPushButton:checked{{background:{t.selection}}}"
        f"QPushButton:disabled{{color:{t.hatch}}}"
        f"QLineEdit,QComboBox{{background:{t.panel};border:1px solid {t.line};padding:3px 6px;border-radius:2px}}"
        f"QComboBox::drop-down{{border:0;width:20px}}QComboBox::down-arrow{{image:url({ARROW.as_posix()})}}"
        f"QHeaderView::section{{background:{t.page};border:0;border-bottom:1px solid {t.line};padding:4px 3px}}"
        f"QTableView,QTreeView,QPlainTextEdit{{gridline-color:{t.track};border:1px solid {t.line}}}"
        f"QAbstractButton::indicator{{width:14px;height:14px;border:1px solid {t.text_dim};background:{t.panel}}}"
        f"QAbstractButton::indicator:checked{{background:{t.accent}}}"
        f"QAbstractButton::indicator:focus{{width:12px;height:12px;border:2px solid {t.accent}}}"
        f"QDialog{{border:1px solid {t.text_dim}}}"
        f"QToolTip{{border:1px solid {t.line};padding:4px}}"
    )


def apply(app: QApplication, theme: Theme) -> None:
    """Put the theme in force and tell everybody."""
    global _current
    _current = theme = THEMES[theme.name]  # with the colours of levels that the room has
    style = QStyleFactory.create("Fusion")
    if style is not None and app.style().objectName() != "fusion":
        app.setStyle(style)
    app.setFont(font())
    app.setPalette(palette(theme))
    app.setStyleSheet(style_sheet(theme))
    changes.themeChanged.emit()


def paint_level(painter: QPainter, rect: QRect | QRectF, level: int, *, filled: bool = True, digit: bool = True) -> None:
    """An alarm level's sign in `rect` (14 px and more): 1 square, 2 triangle, 3 diamond, 4 circle, with its number.

    Filled = not acknowledged; an outline = acknowledged. Beside a count the sign stands without its `digit`, or one would be
    taken for the other. Anything but 1 to 4 paints nothing.
    """
    if level not in (1, 2, 3, 4):
        return
    side = min(rect.width(), rect.height()) - 1.0
    box = QRectF(0, 0, side, side)
    box.moveCenter(QRectF(rect).center())
    colour = QColor(_current.level(level))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge = colour if _current.dark else colour.darker(125)
    painter.setPen(QPen(edge, 1.0 if filled else 2.0))
    painter.setBrush(QBrush(colour) if filled else Qt.BrushStyle.NoBrush)
    place = QRectF(box)
    if level == 1:
        painter.drawRect(box.adjusted(1, 1, -1, -1))
    elif level == 2:
        painter.drawPolygon(QPolygonF([QPointF(box.center().x(), box.top()), box.bottomRight(), box.bottomLeft()]))
        place.setTop(box.top() + side * 0.34)
    elif level == 3:
        mid = box.center()
        corners = [QPointF(mid.x(), box.top()), QPointF(box.right(), mid.y()), QPointF(mid.x(), box.bottom()), QPointF(box.left(), mid.y())]
        painter.drawPolygon(QPolygonF(corners))
    else:
        painter.drawEllipse(box.adjusted(0.5, 0.5, -0.5, -0.5))
    if digit:
        painter.setPen(QColor(_current.on_level(level) if filled else _current.text))
        painter.setFont(font(max(9, round(side * (0.5 if level == 2 else 0.6))), bold=True))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(level))
    painter.restore()


def paint_quiet(painter: QPainter, rect: QRect | QRectF, hidden: Hidden) -> None:
    """The sign of what is kept quiet, in `rect` (14 px and more): hatched, without a colour. Upon a board = shelved, crossed out = out of
    service, at the end of a branch = the consequence of another alarm."""
    side = min(rect.width(), rect.height()) - 1.0
    box = QRectF(0, 0, side, side)
    box.moveCenter(QRectF(rect).center())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(_current.text), 1.5))
    inner = box.adjusted(2, 2, -2, -2)
    if hidden is Hidden.SHELVED:
        inner = box.adjusted(3, 1, -3, -4)
        painter.drawLine(QPointF(box.left(), box.bottom() - 1.5), QPointF(box.right(), box.bottom() - 1.5))
    elif hidden is Hidden.SUPPRESSED:
        inner = box.adjusted(side * 0.4, 2, -1, -2)
        corner = QPointF(box.left() + 2, inner.center().y())
        painter.drawPolyline(QPolygonF([QPointF(corner.x(), box.top()), corner, QPointF(inner.left(), corner.y())]))
    painter.fillRect(inner, QBrush(QColor(_current.hatch), Qt.BrushStyle.BDiagPattern))
    painter.drawRect(inner)
    if hidden is Hidden.OUT_OF_SERVICE:
        painter.drawLine(inner.topLeft(), inner.bottomRight())
        painter.drawLine(inner.topRight(), inner.bottomLeft())
    painter.restore()


def paint_edge(painter: QPainter, rect: QRect, colour: QColor) -> None:
    """An edge of one pixel inside `rect`. Not by drawRect at the border of a widget: at a scale of 125 % such a line falls beside
    the widget and is lost."""
    left, top, wide, high = rect.left(), rect.top(), rect.width(), rect.height()
    for line in ((left, top, wide, 1), (left, top + high - 1, wide, 1), (left, top, 1, high), (left + wide - 1, top, 1, high)):
        painter.fillRect(*line, colour)


def paint_stale(painter: QPainter, rect: QRect | QRectF) -> None:
    """The hatch over the place of a value that is not the state of the world now; paint it before the text."""
    painter.save()
    painter.fillRect(QRectF(rect), QBrush(QColor(_current.hatch), Qt.BrushStyle.BDiagPattern))
    painter.restore()
