"""Asks with which roles a view is shared. It asks; the station decides."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QCheckBox, QWidget

from cityops_desktop.model.people import Role
from cityops_desktop.sentences import ROLES
from cityops_desktop.texts import tr
from ui.widgets.form import Form


class ShareDialog(Form):
    """A box for each role; none = only its owner sees the view."""

    def __init__(self, name: str, roles: Sequence[Role], share: Callable[[list[Role]], None], parent: QWidget | None = None) -> None:
        purpose = tr("Everybody with one of these roles sees the view “{name}”. What viewers see is seen without a log-in.", name=name)
        super().__init__(tr("Share a view"), purpose, tr("Share"), parent)
        self._share = share
        self.boxes = {role: QCheckBox(tr(ROLES[role])) for role in Role}
        for role, box in self.boxes.items():
            box.setChecked(role in roles)
            self.fields.addRow("", box)
        self.wrong.hide()
        next(iter(self.boxes.values())).setFocus()

    def _send(self) -> None:
        self.accept()
        self._share([role for role, box in self.boxes.items() if box.isChecked()])
