"""An entry of the log book being written: sort, time, text, fields, what it is about, files. Decides nothing.

What is typed is kept as a draft of this console until the station has said yes: it survives a refusal, a lost line and the end of the
console. Files are attached first, one after the other, then the entry is sent; both may be sent again, the station takes each once.
"""

import base64
import hashlib
from collections.abc import Callable, Sequence
from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QImage, QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.logbook import MOST_LINKS, FieldInfo, LogEntryInfo, LogLink, Snapshot, TemplateInfo, WriteEntry
from cityops_desktop.model.ids import uuid7
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.actions import logbook
from ui.drafts import Draft
from ui.models.logcontext import Curves, LogContext
from ui.models.shown import moment
from ui.models.timetyped import time_typed
from ui.widgets.attachments import AttachmentsField, ChosenFile
from ui.widgets.form import Form

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

KIND, ATTACH = "logbook.write", "attachment.add"
LONGEST = 4000
TICKS = 4
WIDE, TEXT_HIGH, PICTURE = 680, 104, QSize(640, 150)
KEEP_MS = 700
"""So long after the last key the draft is kept."""
BEGINNING = 24
"""Signs of a draft that its line tells."""


class LogEntryDialog(Form):
    """Stays until the station has the entry. Ctrl+Enter sends; Esc leaves, and what was typed is offered next time."""

    def __init__(
        self,
        link: "Link",
        acts: "Acts",
        templates: Sequence[TemplateInfo],
        context: LogContext,
        drafts: Callable[[], list[Draft]],
        *,
        corrects: LogEntryInfo | None = None,
    ) -> None:
        title = tr("Log entry") if corrects is None else tr("Correct an entry of the log book")
        words = "" if corrects is None else tr("The old entry stays as it is, struck through, and leads to this one.")
        super().__init__(title, words, tr("Write  Ctrl+Enter"))
        self.setMinimumWidth(WIDE)
        self._link, self._acts, self._templates = link, acts, {one.id: one for one in templates}
        self._model, self._corrects = link.model, corrects.id if corrects is not None else ""
        self._begun = self._model.now()
        self.id = uuid7(self._begun)
        self._curves = context.curves
        self._attached: set[str] = set()
        self._digests: dict[str, str] = {}
        self._values: dict[str, str] = {}
        self._own_handover = False
        self._sending = self._done = False
        self.sort, self.time, self.text = QComboBox(), QLineEdit(), QPlainTextEdit()
        self.entered: dict[str, QWidget] = {}
        self.links: list[tuple[QCheckBox, list[LogLink]]] = []
        self.curves, self.picture = QCheckBox(), QLabel()
        self.files = AttachmentsField(self._model.now)
        self.handover = QCheckBox(tr("Hand over until it is settled"))
        self.draft_bar = _DraftBar(drafts, self)
        self._keeping = QTimer(self, singleShot=True, interval=KEEP_MS)
        self._keeping.timeout.connect(self.keep)
        self._lay_out(context)
        self._fill_from(corrects)
        self._connect()
        self.text.setFocus()

    # what is shown

    def _lay_out(self, context: LogContext) -> None:
        for one in self._templates.values():
            self.sort.addItem(pick(one.names), one.id)
        self.time.setText(self._minute(self._begun))
        self.time.setMaxLength(20)
        self.time.setToolTip(tr("When it happened; 14:05 alone is the last 14:05"))
        self.text.setFixedHeight(TEXT_HIGH)
        self.text.setTabChangesFocus(True)
        rows = ((tr("Sort"), self.sort), (tr("Happened"), self.time), (tr("Text"), self.text))
        for label, widget in rows:
            widget.setAccessibleName(label)
            self.fields.addRow(label, widget)
        self._below = self.fields.rowCount()
        self._add_links([LogLink(target=target, words=words[:200]) for target, words in context.links])
        self._add_curves()
        self.fields.addRow(tr("Files"), self.files)
        self.fields.addRow("", self.handover)
        self.column.insertWidget(0, self.draft_bar)
        self.wrong.setMinimumHeight(22)
        self._show_fields()

    def _add_links(self, links: Sequence[LogLink]) -> None:
        """A tick each; of many the last one stands for all others."""
        links = links[:MOST_LINKS]
        for link in links[:TICKS]:
            self._add_tick(link.words or link.target, [link])
        if len(links) > TICKS:
            rest = list(links[TICKS:])
            self._add_tick(tr("and {n} more: {words}", n=len(rest), words=", ".join(one.words or one.target for one in rest)), rest)

    def _add_tick(self, words: str, links: list[LogLink]) -> None:
        tick = QCheckBox(self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, WIDE - 160))
        tick.setToolTip(words)
        tick.setAccessibleName(tr("It is about {words}", words=words))
        tick.setChecked(True)
        tick.toggled.connect(self._touched)
        self.fields.insertRow(self._link_row(), "" if self.links else tr("It is about"), tick)
        self.links.append((tick, links))

    def _link_row(self) -> int:
        return self._below + len(self.entered) + len(self.links)

    def _add_curves(self) -> None:
        one = self._curves
        if one is None:
            return
        begins, ends = (moment(time, self._model.zone) for time in (one.begins, one.ends))
        span = (
            f"{begins:%m-%d %H:%M:%S} – {ends:%H:%M:%S}" if begins.date() == ends.date() else f"{begins:%m-%d %H:%M} – {ends:%m-%d %H:%M}"
        )
        self.curves.setText(tr("{span}: {points}, with their figures", span=span, points=one.words))
        self.curves.setChecked(True)
        self.curves.toggled.connect(self._touched)
        self.picture.setAccessibleName(tr("The chart as it is kept with the entry"))
        ratio = self.devicePixelRatioF()
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        shown = QPixmap.fromImage(QImage.fromData(one.png)).scaled(PICTURE * ratio, keep, smooth)
        shown.setDevicePixelRatio(ratio)
        self.picture.setPixmap(shown)
        self.fields.addRow(tr("Curves"), self.curves)
        self.fields.addRow("", self.picture)

    def _fill_from(self, entry: LogEntryInfo | None) -> None:
        """What the entry said that is to be corrected."""
        if entry is None:
            return
        self._values = {one.id: self._said(entry.template, one.id, pick(one.value)) for one in entry.fields}
        self.choose(entry.template if entry.template in self._templates else "note")
        self._show_fields()
        self.time.setText(self._minute(entry.time))
        self._begun = entry.time
        self.text.setPlainText(entry.text)
        self._add_links(entry.links)
        self.handover.setChecked(entry.handover and entry.closed is None)
        self.files.take_back(())

    def _said(self, template: str, field: str, words: str) -> str:
        """What a field held, as it is chosen or typed."""
        found = next((one for one in self._fields(template) if one.id == field), None)
        choices = found.choices if found is not None else []
        return next((one.id for one in choices if pick(one.names) == words), words)

    def _fields(self, template: str) -> Sequence[FieldInfo]:
        return self._templates[template].fields if template in self._templates else ()

    def choose(self, template: str) -> None:
        """An entry of this sort."""
        self.sort.setCurrentIndex(max(0, self.sort.findData(template)))

    def _show_fields(self) -> None:
        """The fields of the chosen sort; what was typed in one with the same id stays."""
        for widget in self.entered.values():
            self.fields.removeRow(widget)
        self.entered = {}
        template = self._templates[str(self.sort.currentData())]
        for number, field in enumerate(template.fields):
            widget = self._field(field)
            label = f"{pick(field.names)} ({field.unit})" if field.unit else pick(field.names)
            widget.setAccessibleName(label)
            self.fields.insertRow(self._below + number, f"{label} *" if field.required else label, widget)
            self.entered[field.id] = widget
        if not self._own_handover:
            self.handover.blockSignals(True)
            self.handover.setChecked(template.handover)
            self.handover.blockSignals(False)
        if not self.text.toPlainText().strip():
            self.text.setPlainText(pick(template.text))
        before: QWidget = self.text
        for widget in self.entered.values():
            QWidget.setTabOrder(before, widget)
            before = widget
        self.column.activate()
        self.resize(self.width(), self.column.totalSizeHint().height())

    def _field(self, field: FieldInfo) -> QWidget:
        said = self._values.get(field.id, "")
        if field.sort == "choice":
            box = QComboBox()
            for value, words in [("", "–"), *((one.id, pick(one.names)) for one in field.choices)]:
                box.addItem(words, value)
            box.setCurrentIndex(max(0, box.findData(said)))
            box.currentIndexChanged.connect(self._touched)
            return box
        edit = QLineEdit(said)
        edit.setMaxLength(500)
        edit.textChanged.connect(self._touched)
        return edit

    # what is typed

    def _connect(self) -> None:
        self.sort.currentIndexChanged.connect(self._chosen)
        self.time.textChanged.connect(self._touched)
        self.text.textChanged.connect(self._touched)
        self.files.changed.connect(self._keeping.start)
        self.files.said.connect(self.say)
        self.handover.toggled.connect(self._flagged)
        self._acts.drafts.changed.connect(self.draft_bar.tell)
        for key in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(key), self).activated.connect(self._send)

    def _chosen(self) -> None:
        self._show_fields()
        self._touched()

    def _flagged(self) -> None:
        self._own_handover = True
        self._touched()

    def _touched(self) -> None:
        for id, widget in self.entered.items():
            self._values[id] = _value(widget)
        left = LONGEST - len(self.text.toPlainText())
        if left < 0:
            self.say(tr("{n} signs too many", n=-left))
        elif not self._sending:
            self.say("")
        self._keeping.start()

    def typed(self) -> bool:
        """Has somebody written something that would be a loss?"""
        text = self.text.toPlainText().strip()
        return bool(any(self._values.values()) or self.files.chosen() or text not in ("", pick(self._template().text)))

    def _template(self) -> TemplateInfo:
        return self._templates[str(self.sort.currentData())]

    # the draft

    def keep(self) -> None:
        """Put what is typed on the disk of this console."""
        self._keeping.stop()
        if self._done or not self.typed():
            return
        session, room = self._link.session, self._model.room
        files = self.files.chosen()
        draft = Draft(
            id=self.id,
            kind=KIND,
            room=room.id if room is not None else "",
            account=session.person.id if session is not None else "",
            person=session.person.display if session is not None else "",
            title=" ".join(self.text.toPlainText().split())[:80] or pick(self._template().names),
            begun=self._begun,
            saved=self._model.now(),
            body=self._body(files),
            files={one.id: self._kept(one) for one in files},
        )
        self._acts.drafts.save(draft)

    def _kept(self, file: ChosenFile) -> str:
        """The SHA-256 of a file, which is put beside the draft once."""
        if file.id not in self._digests:
            self._digests[file.id] = self._acts.drafts.save_file(file.id, file.data)
        return self._digests[file.id]

    def _linked(self) -> list[LogLink]:
        return [link for tick, links in self.links if tick.isChecked() for link in links]

    def _body(self, files: Sequence[ChosenFile]) -> dict[str, Any]:
        one = self._curves if self.curves.isChecked() else None
        curves = None
        if one is not None:
            png = base64.b64encode(one.png).decode("ascii")
            curves = {"begins": one.begins, "ends": one.ends, "points": list(one.points), "words": one.words, "png": png}
        return {
            "template": str(self.sort.currentData()),
            "time": self.time.text(),
            "text": self.text.toPlainText(),
            "fields": dict(self._values),
            "links": [link.model_dump() for link in self._linked()],
            "handover": self.handover.isChecked(),
            "corrects": self._corrects,
            "curves": curves,
            "files": [[file.id, file.name] for file in files],
        }

    @property
    def zone(self) -> tzinfo:
        """Of the room."""
        return self._model.zone

    def throw_away(self, draft: Draft) -> None:
        """Nobody wants to go on with this one."""
        self._acts.drafts.drop(draft.id)

    def go_on_with(self, draft: Draft) -> None:
        """The entry that was begun before; what is typed here is kept as a draft of its own."""
        self.keep()
        body: dict[str, Any] = dict(draft.body)
        self.id, self._begun = draft.id, draft.begun
        self._corrects = str(body.get("corrects", ""))
        for tick, _ in self.links:
            self.fields.removeRow(tick)
        self.links = []
        self._values = {str(key): str(value) for key, value in dict(body.get("fields", {})).items()}
        self.sort.blockSignals(True)
        self.choose(str(body.get("template", "")))
        self.sort.blockSignals(False)
        self.text.setPlainText(str(body.get("text", "")))
        self._show_fields()
        self.time.setText(str(body.get("time", "")))
        self._add_links([LogLink.model_validate(link) for link in body.get("links", [])])
        self._own_handover = True
        self.handover.setChecked(bool(body.get("handover")))
        self._take_curves(body.get("curves"))
        self.files.take_back(())
        for id, name in body.get("files", []):
            self._acts.drafts.file(draft, id, partial(self._file_came, draft.id, id, name))
        self.say("")
        self.text.setFocus()

    def _take_curves(self, told: dict[str, Any] | None) -> None:
        if self._curves is not None:
            self.fields.removeRow(self.picture)
            self.fields.removeRow(self.curves)
            self.curves, self.picture = QCheckBox(), QLabel()
        self._curves = None
        if told is not None:
            png = base64.b64decode(told["png"])
            self._curves = Curves(told["begins"], told["ends"], tuple(told["points"]), told["words"], png)
            self._add_curves()

    def _file_came(self, draft: str, id: str, name: str, data: bytes | None) -> None:
        if self.gone() or draft != self.id:
            return
        if data is None:
            self.say(tr("{name}: the file of this draft cannot be read any more", name=name))
        else:
            self._digests[id] = hashlib.sha256(data).hexdigest()
            self.files.take_back([*self.files.chosen(), ChosenFile(id, name, data)])

    # sending

    def _send(self) -> None:
        if self._sending:
            return
        act = self._act()
        if isinstance(act, str):
            self.say(act)
            return
        self.keep()
        self._sending = True
        self._sent()
        self._next(act)

    def _act(self) -> WriteEntry | str:
        """The entry, or what is missing, in words."""
        text = self.text.toPlainText().strip()
        if not text:
            self.text.setFocus()
            return tr("Fill in: {label}", label=tr("Text"))
        if len(text) > LONGEST:
            return tr("{n} signs too many", n=len(text) - LONGEST)
        time = self._time()
        if time is None:
            self.time.setFocus()
            return tr("{label}: this is no date: {text}", label=tr("Happened"), text=self.time.text())
        fields = {field.id: self._values.get(field.id, "").strip() for field in self._template().fields}
        for field in self._template().fields:
            if field.required and not fields[field.id]:
                self.entered[field.id].setFocus()
                return tr("Fill in: {label}", label=pick(field.names))
        one = self._curves if self._curves is not None and self.curves.isChecked() else None
        trend = None
        if one is not None:
            picture = base64.b64encode(one.png).decode("ascii")
            trend = Snapshot(begins=one.begins, ends=one.ends, points=list(one.points), picture=picture)
        return WriteEntry(
            id=self.id,
            template=self._template().id,
            time=time,
            text=text,
            fields={id: value for id, value in fields.items() if value},
            links=self._linked(),
            attachments=[file.id for file in self.files.chosen()],
            trend=trend,
            handover=self.handover.isChecked(),
            corrects=self._corrects,
        )

    def _time(self) -> int | None:
        """When it happened: to the ms when nobody has touched the minute that was proposed."""
        if self.time.text() == self._minute(self._begun):
            return self._begun
        return time_typed(self.time.text(), self._model.zone, self._model.now())

    def _minute(self, time: int) -> str:
        return f"{moment(time, self._model.zone):%Y-%m-%d %H:%M}"

    def _next(self, act: WriteEntry) -> None:
        """The next file that is not attached yet, then the entry."""
        file = next((one for one in self.files.chosen() if one.id not in self._attached), None)
        if file is None:
            self._acts.carry_out(tr("Log entry"), KIND, partial(logbook.give, act=act), self._came, asks=False)
            return
        action = partial(logbook.attach, id=file.id, about=f"log:{self.id}", name=file.name, data=file.data)
        words = tr("Attach {name}", name=file.name)
        self._acts.carry_out(words, ATTACH, action, partial(self._file_sent, act, file.id), asks=False)

    def _file_sent(self, act: WriteEntry, id: str, result: CommandResult) -> None:
        if self.gone():
            return
        if self._answered(result):
            self._attached.add(id)
            self._sent()
            self._next(act)
        else:
            self._sending = False

    def _came(self, result: CommandResult) -> None:
        if self.gone():
            return
        self._sending = False
        if self._answered(result):
            self._done = True
            self._acts.drafts.drop(self.id)
            self.accept()

    def reject(self) -> None:
        """Left: what was typed is kept, and offered next time."""
        if not self._done and self.typed():
            self.keep()
            self._acts.said.emit(tr("Not sent: kept as a draft, F2 goes on with it"), True)
        super().reject()


class _DraftBar(QFrame):
    """An entry that was begun before and not sent: go on with it, or throw it away. Nothing where there is none."""

    def __init__(self, drafts: Callable[[], list[Draft]], dialog: LogEntryDialog) -> None:
        super().__init__()
        self._drafts, self._dialog = drafts, dialog
        self.setObjectName("panel")
        self.words = QLabel()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.go_on, self.away = QPushButton(tr("Go on with it")), QPushButton(tr("Throw away"))
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        for button in (self.go_on, self.away):
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.addWidget(self.words)
        column.addLayout(row)
        self.go_on.clicked.connect(self._go_on)
        self.away.clicked.connect(self._throw_away)
        self.tell()

    def tell(self) -> None:
        """What is kept is other than before."""
        kept = self._others()
        self.setVisible(bool(kept))
        if kept:
            one, zone = kept[0], self._dialog.zone
            text = one.title if len(one.title) <= BEGINNING else f"{one.title[:BEGINNING]}…"
            words = tr("Begun at {time} and not sent: “{text}”", time=f"{moment(one.begun, zone):%m-%d %H:%M}", text=text)
            self.words.setText(words if len(kept) == 1 else f"{words}  {tr('and {n} more', n=len(kept) - 1)}")

    def _others(self) -> list[Draft]:
        return [one for one in self._drafts() if one.id != self._dialog.id]

    def _go_on(self) -> None:
        self._dialog.go_on_with(self._others()[0])
        self.tell()

    def _throw_away(self) -> None:
        self._dialog.throw_away(self._others()[0])
        self._dialog.text.setFocus()


def _value(widget: QWidget) -> str:
    if isinstance(widget, QComboBox):
        return str(widget.currentData() or "")
    return widget.text() if isinstance(widget, QLineEdit) else ""
