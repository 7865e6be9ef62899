"""Asks for the name of a view. It asks; the page saves."""

from collections.abc import Callable, Collection

from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from cityops_desktop.texts import tr

LONGEST_NAME = 40
"""What the station takes at most."""


class ViewNameDialog(QDialog):
    """Enter saves, Esc leaves. A name that is taken is told, and saved only when that is wished a second time."""

    def __init__(self, title: str, name: str, taken: Collection[str], save: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._taken, self._then = frozenset(taken), save
        self._warned = ""
        self.setWindowTitle(title)
        self.setMinimumWidth(380)
        self.name = QLineEdit(name)
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setAccessibleName(tr("Name of the view"))
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setMinimumHeight(40)
        self.save = QPushButton(tr("Save"))
        self.save.setDefault(True)
        self.leave = QPushButton(tr("Cancel"))
        self.leave.setAutoDefault(False)
        self.save.clicked.connect(self._save)
        self.leave.clicked.connect(self.reject)
        self.name.textChanged.connect(self._typed)
        column, buttons = QVBoxLayout(self), QHBoxLayout()
        column.addWidget(QLabel(tr("Name of the view")))
        column.addWidget(self.name)
        column.addWidget(self.said)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        buttons.addWidget(self.save)
        column.addLayout(buttons)
        self.name.selectAll()
        self._typed()

    def _typed(self) -> None:
        self._warned = ""
        self.save.setText(tr("Save"))
        self.save.setEnabled(bool(self.name.text().strip()))
        self.said.setText("" if self.name.text().strip() else tr("A view needs a name."))

    def _save(self) -> None:
        name = " ".join(self.name.text().split())
        if not name:
            return
        if name in self._taken and self._warned != name:
            self._warned = name
            self.said.setText(tr("There is a view of this name. Replace it?"))
            self.save.setText(tr("Replace"))
            return
        self.accept()
        self._then(name)
