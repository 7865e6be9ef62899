"""A button with a menu that is made when it is opened, and with one dialog at a time. Knows no act."""

from PySide6.QtWidgets import QDialog, QMenu, QPushButton


class MenuButton(QPushButton):
    """`fill` is what each of them adds."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: QMenu | None = None
        """The menu that was opened last."""
        self.dialog: QDialog | None = None
        self.clicked.connect(self._open_menu)

    def fill(self, menu: QMenu) -> None:
        """The entries as they are now."""
        raise NotImplementedError

    def _open_menu(self) -> None:
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        self.opened = menu
        self.fill(menu)
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def open_dialog(self, dialog: QDialog) -> None:
        """In the place of the one that is open."""
        if self.dialog is not None:
            self.dialog.reject()
        self.dialog = dialog
        dialog.finished.connect(lambda _result: self._closed(dialog))
        dialog.open()

    def _closed(self, dialog: QDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
        dialog.deleteLater()
