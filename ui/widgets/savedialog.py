"""The question where a file goes: the same on every page, in the documents of whoever is logged in to the machine. Writes nothing."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from cityops_desktop.texts import tr


def save_dialog(parent: QWidget, title: str, name: str, save: Callable[[Path], None], kinds: Sequence[str] = ()) -> QFileDialog:
    """Not open yet. `name` is offered, and its ending is put behind a name without one; `kinds` are the kinds of file that may be chosen.

    Whoever opens it holds it; it goes by itself when it is closed.
    """
    dialog = QFileDialog(parent, title, QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    suffix = name.rpartition(".")[2]
    dialog.setDefaultSuffix(suffix)
    dialog.setNameFilters(list(kinds) or [f"{suffix.upper()} (*.{suffix})"])
    dialog.setLabelText(QFileDialog.DialogLabel.LookIn, tr("Folder"))  # Qt's own Chinese lacks these two
    dialog.setLabelText(QFileDialog.DialogLabel.FileType, tr("Type of file"))
    dialog.selectFile(name.replace("/", "-"))
    dialog.fileSelected.connect(lambda path: save(Path(path)))
    dialog.finished.connect(lambda _result: dialog.deleteLater())
    return dialog
