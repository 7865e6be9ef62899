"""Asks what was seen in a span, shows the picture that goes along, and sends both. The station reckons the figures."""

import base64
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import QLabel, QPlainTextEdit

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.texts import tr
from ui.actions import trends
from ui.pages.trends.notepicture import png_of
from ui.widgets.form import Form

if TYPE_CHECKING:
    from ui.acts import Acts

KIND = "note.add"
WIDE, TEXT_HIGH, PICTURE_HIGH = 640, 96, 230
LONGEST = 2000


class NoteWrite(Form):
    """Stays until the station has the note."""

    def __init__(self, acts: "Acts", span: tuple[int, int], words: str, points: list[str], names: str, image: QImage) -> None:
        super().__init__(tr("Note"), words, tr("Keep"))
        self.setMinimumWidth(WIDE + 40)
        self._acts, self._span, self._points = acts, span, points
        self._png = png_of(image)
        self.fields.setFieldGrowthPolicy(self.fields.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.text = _Text()
        self.text.setAccessibleName(tr("What was seen"))
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(TEXT_HIGH)
        self.text.textChanged.connect(self._typed)
        self.text.sent = self._send
        self.fields.addRow(tr("What was seen"), self.text)
        points_label = QLabel(names)
        points_label.setTextFormat(Qt.TextFormat.PlainText)
        points_label.setWordWrap(True)
        points_label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.fields.addRow(tr("Point"), points_label)
        self.picture = QLabel()
        self.picture.setAccessibleName(tr("The chart as it is kept with the note"))
        ratio = self.devicePixelRatioF()
        room = QSize(WIDE, PICTURE_HIGH) * ratio
        smooth = Qt.TransformationMode.SmoothTransformation
        shown = QPixmap.fromImage(QImage.fromData(self._png)).scaled(room, Qt.AspectRatioMode.KeepAspectRatio, smooth)
        shown.setDevicePixelRatio(ratio)
        self.picture.setPixmap(shown)
        self.picture.setFixedHeight(PICTURE_HIGH)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        adds = QLabel(tr("The station adds lowest, mean, highest and last value of each point. Everybody can read the note."))
        adds.setWordWrap(True)
        self.column.insertWidget(2, self.picture)
        self.column.insertWidget(3, adds)
        self.wrong.setMinimumHeight(22)
        self.text.setFocus()

    def _typed(self) -> None:
        left = LONGEST - len(self.text.toPlainText())
        self.say(tr("{n} signs too many", n=-left) if left < 0 else "")

    def _send(self) -> None:
        text = self.text.toPlainText().strip()
        if not text:
            self.say(tr("Fill in: {label}", label=tr("What was seen")))
            self.text.setFocus()
        elif len(text) <= LONGEST:
            self._sent()
            begins, ends = self._span
            picture = base64.b64encode(self._png).decode("ascii")
            action = partial(trends.add_note, begins=begins, ends=ends, points=self._points, text=text, picture=picture)
            self._acts.carry_out(tr("Note"), KIND, action, self._came, asks=False)

    def _came(self, result: CommandResult) -> None:
        if not self.gone() and self._answered(result):
            self.accept()


class _Text(QPlainTextEdit):
    """Ctrl+Enter sends."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: Callable[[], None] = lambda: None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.sent()
        else:
            super().keyPressEvent(event)
