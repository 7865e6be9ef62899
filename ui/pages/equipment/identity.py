"""Who the device is: one line under its head, with the way to admit one that waits, or to log in for one that is sensitive."""

import html
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import DevicesPage, IdentityInfo
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.actions import devices as device_actions
from ui.models.devicewatch import DeviceWatch
from ui.models.devicewords import address_text, doubted
from ui.models.identitywords import MOST, Compared, compared, identity_line, news_text
from ui.models.room import RoomModel
from ui.widgets import lettering
from ui.widgets.elided import ElidedLine
from ui.widgets.form import ActDialog, Line, Told

if TYPE_CHECKING:
    from ui.acts import Action, Acts

HIGH = 28
WIDE = 620
ROWS = 6
"""Other devices that are in sight at once."""


class IdentityLine(QWidget):
    """A line of a fixed height: nothing jumps when a device begins to wait."""

    def __init__(self, model: RoomModel, watch: DeviceWatch, acts: "Acts") -> None:
        super().__init__()
        self._model, self._watch, self._acts = model, watch, acts
        self._asking = False
        self.line = ElidedLine()
        self.button = QPushButton()
        self.button.clicked.connect(self._pressed)
        keep = self.button.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.button.setSizePolicy(keep)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        row.addWidget(self.line, 1)
        row.addWidget(self.button)
        self.setFixedHeight(HIGH)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.refresh()

    def refresh(self, *, line: bool = False) -> None:
        """As it is now; a line has no identity."""
        identity = None if line else self._identity()
        waits = identity is not None and bool(identity.waits)
        guarded = self._watch.guarded and not line
        if guarded:
            text = tr("Marked sensitive: log in to see it. Each look is recorded")
        elif identity is None:
            text = ""
        else:
            text = tr("{name}: {value}", name=tr("Identity"), value=identity_line(identity, self._model.zone, self._model.now()))
        self.line.set_text(text, bold=waits or guarded)
        self.line.setToolTip(_tip(text))
        self.button.setText(tr("Log in…") if guarded else tr("Admit…"))
        self.button.setVisible(waits or guarded)

    def _identity(self) -> IdentityInfo | None:
        detail = self._watch.detail
        return detail.identity if detail is not None and detail.device.id == self._watch.device and not self._watch.guarded else None

    def _pressed(self) -> None:
        if self._watch.guarded:
            self._acts.ask_login(tr("Log in to see a sensitive device."))
            return
        identity = self._identity()
        if identity is None or not identity.waits:
            return
        why = self._acts.why_not("device.admit")
        if why and self._acts.who:
            self._acts.said.emit(tr("{act}: {result}", act=tr("Admit the device"), result=why), False)
        elif why:
            self._acts.ask_login(tr("{act}: log in with the password.", act=tr("Admit the device")))
        elif self._others(identity.device):
            if not self._asking:
                self._asking = True
                self._acts.ask("/api/v1/devices", DevicesPage, partial(self._open, identity))
        else:
            self._open(identity, None)

    def _others(self, device: str) -> list[str]:
        """Does any other device of its line seem to wait, too?"""
        devices, bus = self._model.devices, self._model.devices[device].bus
        keys = {one.id: [point.key for point in self._model.points.values() if point.device == one.id] for one in devices.values()}
        return [one.id for one in devices.values() if one.bus == bus and one.id != device and doubted(self._model, keys[one.id])]

    def _open(self, identity: IdentityInfo, answer: DevicesPage | CommandResult | None) -> None:
        self._asking = False
        device = self._model.devices.get(identity.device)
        if device is None:
            return
        found = answer.devices if isinstance(answer, DevicesPage) else []
        line = {one.id for one in self._model.devices.values() if one.bus == device.bus} - {device.id}
        others = [one for one in found if one.waits and one.device in line]
        self._acts.show(admit_dialog(self._acts, identity, pick(device.names), self._model, others))


class Others(QWidget):
    """Devices of the same line that wait, too: each with what it says, none chosen beforehand."""

    def __init__(self, model: RoomModel, waiting: Sequence[IdentityInfo]) -> None:
        super().__init__()
        self.all = QCheckBox(tr("Admit these of the same line, too ({n})", n=len(waiting)))
        self.ticks = {one.device: QCheckBox() for one in waiting}
        self._digests = {one.device: one.digest for one in waiting}
        inner = QWidget()
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(6, 4, 6, 4)
        for one in waiting:
            tick, name = self.ticks[one.device], pick(model.devices[one.device].names)
            whole = tr("{name}: {value}", name=name, value=news_text(one, place=False) or address_text(model.devices[one.device]))
            tick.setText(lettering.metrics().elidedText(whole, Qt.TextElideMode.ElideRight, WIDE - 90).replace("&", "&&"))
            tick.setToolTip(_tip(whole))
            tick.setAccessibleName(whole)
            tick.clicked.connect(lambda _: self.all.setChecked(len(self.chosen()) == len(self.ticks)))
            rows.addWidget(tick)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setAccessibleName(tr("Other devices that wait"))
        high = inner.sizeHint().height()
        area.setFixedHeight(min(high, high * ROWS // len(waiting)) + 4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.addWidget(self.all)
        column.addWidget(area)
        self.all.clicked.connect(self._take_all)

    def chosen(self) -> dict[str, str]:
        """The digest of each that is ticked, by its id."""
        return {id: self._digests[id] for id, tick in self.ticks.items() if tick.isChecked()}

    def _take_all(self, checked: bool) -> None:
        for tick in self.ticks.values():
            tick.setChecked(checked)


def admit_dialog(acts: "Acts", identity: IdentityInfo, name: str, model: RoomModel, others: Sequence[IdentityInfo] = ()) -> ActDialog:
    """What was known beside what is there now; whoever sends it admits exactly that, and those of the others that were ticked."""
    purpose = (
        tr("{name} is new. Is it the one that belongs there?", name=name)
        if identity.waits == "new"
        else tr("{name} is not as it was admitted. Is this as it should be?", name=name)
    )
    if (identity.seen or identity.known) is not None and (identity.seen is None or identity.seen.facts is None):
        purpose += " " + tr("It has not said who it is: what it says first is then taken over.")

    def make(told: Told) -> "Action":
        shown = {identity.device: identity.digest, **(more.chosen() if more else {})}
        return partial(device_actions.admit, shown=shown, why=told.text("why"))

    more = Others(model, others) if others else None
    lines = [Line("why", tr("Reason"), most=500)]
    dialog = ActDialog(acts, "device.admit", tr("Admit the device"), purpose, lines, make, zone=model.zone, send=tr("Admit"))
    dialog.column.insertWidget(1, _table(compared(identity), new=identity.known is None))
    if more:
        dialog.column.insertWidget(2, more)
        dialog.setMinimumWidth(WIDE)
    return dialog


def _table(rows: list[Compared], *, new: bool) -> QWidget:
    """Texts as they are, never as markup: a device says what it likes."""
    table = QWidget()
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 4, 0, 8)
    grid.setHorizontalSpacing(18)
    titles = ("", tr("Now")) if new else ("", tr("As admitted"), tr("Now"), "")
    for column, title in enumerate(titles):
        grid.addWidget(_label(title, dim=True), 0, column)
    for number, row in enumerate(rows, 1):
        cells = (row.name, row.now) if new else (row.name, row.known, row.now, f"≠ {tr('differs')}" if row.differs else "")
        for column, text in enumerate(cells):
            grid.addWidget(_label(text, bold=row.differs, dim=column == 0), number, column)
    grid.setColumnStretch(len(titles) - 1, 1)
    return table


def _label(text: str, *, bold: bool = False, dim: bool = False) -> QLabel:
    label = QLabel(text if len(text) <= MOST else text[: MOST - 1] + "…")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setToolTip("" if len(text) <= MOST else _tip(text))
    label.setFont(theme.font(theme.BODY, bold))
    if dim and not bold:
        palette = label.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(theme.current().text_dim))
        label.setPalette(palette)
    return label


def _tip(text: str) -> str:
    """A tool tip is markup wherever it looks like it: what a device says is not."""
    return f"<qt>{html.escape(text, quote=False)}</qt>" if "<" in text else text
