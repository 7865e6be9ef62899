"""Files that belong to a record: choosing them (by a dialog, by dropping, a picture by pasting), and looking at those that are kept.

A file is read in a thread; a picture that is too large is made smaller. What a file is says its content. Sends nothing.
"""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSaveFile, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QImageReader, QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.duty.attachments import IMAGES, MOST_BYTES, PDF, file_name, media_of
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.attachments import MOST, AttachmentInfo
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Outcome
from cityops_desktop.texts import tr
from ui.actions.outcome import result_text
from ui.models.background import in_background
from ui.widgets.savedialog import save_dialog

if TYPE_CHECKING:
    from ui.link import Link

LARGEST_READ = 60_000_000
SIDE = 2400
"""Pixels of the longer side of a picture that was too large."""
QUALITY = 85
SHOWN = QSize(1000, 600)
OPENED = "PNG, JPEG, GIF, WebP, BMP, PDF, TXT, CSV (*.png *.jpg *.jpeg *.gif *.webp *.bmp *.pdf *.txt *.log *.md *.csv)"


class ChosenFile(NamedTuple):
    """A file that somebody wants to attach; `id` is the one that it will have."""

    id: str
    name: str
    data: bytes


def size_text(bytes: int) -> str:
    """Such as 240 KB."""
    return tr("{n} KB", n=max(1, round(bytes / 1000)))


def prepared(name: str, data: bytes) -> tuple[str, bytes] | str:
    """Name and bytes as they can be attached; else why not, in words. Pure: for a thread."""
    media = media_of(data, name)
    if media in IMAGES and len(data) > MOST_BYTES:
        data = _smaller(data)
        media, name = media_of(data, name), f"{name.rpartition('.')[0] or name}.jpg"
    if media is None:
        return tr("{name}: only pictures, PDF, plain text and CSV can be attached", name=name)
    if len(data) > MOST_BYTES:
        return tr("{name}: larger than 2 MB", name=name)
    return file_name(name, media), data


class AttachmentsField(QWidget):
    """The files of a record that is being written. `changed`: others than before; `said`: why a file cannot be taken, in words."""

    changed = Signal()
    said = Signal(str)
    _read = Signal(object)

    def __init__(self, now: Callable[[], int]) -> None:
        super().__init__()
        self._now = now
        self._files: list[ChosenFile] = []
        self.add = QPushButton(tr("Attach a file…"))
        self.add.setAutoDefault(False)
        self.add.setToolTip(tr("Pictures, PDF, plain text, CSV, 2 MB at most; files can be dropped here, a picture pasted (Ctrl+V)"))
        self.list = QVBoxLayout()
        self.list.setSpacing(2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.addWidget(self.add)
        row.addStretch(1)
        column.addLayout(row)
        column.addLayout(self.list)
        self.setAcceptDrops(True)
        self.setAccessibleName(tr("Files"))
        self.add.clicked.connect(self._choose)
        self._read.connect(self._came)
        QShortcut(QKeySequence.StandardKey.Paste, self, self.paste, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def chosen(self) -> list[ChosenFile]:
        """In the order in which they were taken."""
        return list(self._files)

    def take_back(self, files: Iterable[ChosenFile]) -> None:
        """Those that a draft had."""
        self._files = list(files)
        self._show()

    def take(self, paths: Iterable[Path]) -> None:
        """Read these files and keep what can be attached."""
        for path in paths:
            in_background(partial(_load, path, self._read.emit))

    def paste(self) -> None:
        """The picture of the clipboard."""
        image = QGuiApplication.clipboard().image()
        if image.isNull():
            self.said.emit(tr("There is no picture in the clipboard"))
        else:
            self._came(prepared("clipboard.png", _written(image, "PNG")))

    def remove(self, id: str) -> None:
        """Not this one after all."""
        self._files = [one for one in self._files if one.id != id]
        self._show()
        self.changed.emit()
        self.add.setFocus()

    def _choose(self) -> None:
        dialog = QFileDialog(self, tr("Attach a file…"), "", OPENED)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self.take(Path(name) for name in names))
        dialog.finished.connect(lambda _result: dialog.deleteLater())
        dialog.open()

    def _came(self, found: tuple[str, bytes] | str) -> None:
        if isinstance(found, str):
            self.said.emit(found)
        elif len(self._files) >= MOST:
            self.said.emit(tr("{n} files is the most", n=MOST))
        elif found not in [(one.name, one.data) for one in self._files]:
            self._files.append(ChosenFile(uuid7(self._now()), *found))
            self._show()
            self.changed.emit()

    def _show(self) -> None:
        while (item := self.list.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for one in self._files:
            line = QWidget()
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            words = QLabel(f"{one.name}  {size_text(len(one.data))}")
            words.setTextFormat(Qt.TextFormat.PlainText)
            away = QPushButton(tr("Remove"))
            away.setAutoDefault(False)
            away.setAccessibleName(tr("Remove {name}", name=one.name))
            away.clicked.connect(partial(self.remove, one.id))
            row.addWidget(words)
            row.addWidget(away)
            row.addStretch(1)
            self.list.addWidget(line)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files of this machine only."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take them."""
        self.take(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())


class AttachmentsList(QWidget):
    """Files that are kept: a button each. `said`: what became of it, in words."""

    said = Signal(str)

    def __init__(self, link: "Link") -> None:
        super().__init__()
        self._link = link
        self.buttons: list[QPushButton] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._ids: list[str] = []

    def fill(self, files: Iterable[AttachmentInfo]) -> None:
        """These and no others."""
        files = list(files)
        if [one.id for one in files] == self._ids:
            return
        self._ids = [one.id for one in files]
        for button in self.buttons:
            self._column.removeWidget(button)
            button.deleteLater()
        self.buttons = []
        for one in files:
            button = QPushButton(self._fitted(f"{one.name}  {size_text(one.size)}"))
            button.setToolTip(one.name)
            button.setAccessibleName(tr("File {name}", name=one.name))
            button.clicked.connect(partial(self.open, one))
            self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
            self.buttons.append(button)
        self.setVisible(bool(files))

    def open(self, one: AttachmentInfo) -> None:
        """Fetch it, then show what can be shown here; anything else is saved."""
        buffer = QBuffer(self)
        buffer.open(QIODevice.OpenModeFlag.ReadWrite)

        def came(result: CommandResult) -> None:
            data = bytes(buffer.data().data())
            buffer.deleteLater()
            if result.outcome is not Outcome.DONE:
                self.said.emit(tr("{name}: {result}", name=one.name, result=result_text(result)))
            elif one.media == PDF:
                self._save(one, data)
            else:
                view = AttachmentView(one, data, partial(self._save, one, data), self)
                view.open()

        self._link.fetch(f"/api/v1/duty/attachments/{quote(one.id, safe='')}", buffer, came)

    def _save(self, one: AttachmentInfo, data: bytes) -> None:
        save_dialog(self, tr("Save the file"), one.name, lambda path: self._write(path, data)).open()

    def _write(self, path: Path, data: bytes) -> None:
        file = QSaveFile(str(path))
        whole = file.open(QIODevice.OpenModeFlag.WriteOnly) and file.write(data) == len(data) and file.commit()
        words = tr("Saved: {path}", path=str(path))
        self.said.emit(words if whole else tr("{file} cannot be written: {why}", file=str(path), why=file.errorString()))

    def _fitted(self, text: str) -> str:
        return self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, 300)


class AttachmentView(QDialog):
    """A picture or a text, with the way to save it."""

    def __init__(self, one: AttachmentInfo, data: bytes, save: Callable[[], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(one.name)
        column = QVBoxLayout(self)
        column.addWidget(self._shown(one, data), 1)
        buttons = QDialogButtonBox()
        buttons.addButton(tr("Save as…"), QDialogButtonBox.ButtonRole.ActionRole).clicked.connect(save)
        buttons.addButton(tr("Close"), QDialogButtonBox.ButtonRole.RejectRole).clicked.connect(self.reject)
        column.addWidget(buttons)

    def _shown(self, one: AttachmentInfo, data: bytes) -> QWidget:
        if one.media not in IMAGES:
            text = QPlainTextEdit(_decoded(data))
            text.setReadOnly(True)
            text.setAccessibleName(one.name)
            text.setMinimumSize(SHOWN * 0.7)
            return text
        picture = QLabel()
        picture.setAccessibleName(one.name)
        image = _image(data, SHOWN)
        if image.isNull():
            picture.setText(tr("This picture cannot be shown; it can be saved"))
        else:
            picture.setPixmap(QPixmap.fromImage(image))
        around = QScrollArea()
        around.setWidget(picture)
        around.setMinimumSize(image.size().expandedTo(QSize(300, 100)) + QSize(4, 4))
        return around


def _load(path: Path, came: Callable[[object], None]) -> None:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_READ + 1)
    except OSError as error:
        came(tr("{file} cannot be read: {why}", file=str(path), why=error.strerror or str(error)))
        return
    came(tr("{name}: larger than 2 MB", name=path.name) if len(data) > LARGEST_READ else prepared(path.name, data))


def _smaller(data: bytes) -> bytes:
    """A picture that fits, as JPEG; as it was when it cannot be read."""
    image = _image(data, QSize(SIDE, SIDE))
    side = SIDE
    while not image.isNull() and len(data) > MOST_BYTES and side > 200:
        data = _written(image.convertToFormat(QImage.Format.Format_RGB32), "JPEG")
        side = side * 3 // 4
        image = image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
    return data


def _image(data: bytes, most: QSize) -> QImage:
    """The picture upright, no larger than this; nothing when it cannot be read."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and (size.width() > most.width() or size.height() > most.height()):
        reader.setScaledSize(size.scaled(most, Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()


def _written(image: QImage, form: str) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, form, QUALITY)  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")
