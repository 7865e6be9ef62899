"""The button of the saved views: chooses, saves, renames and deletes them. Puts nothing on the chart: the page does."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu

from cityops_desktop.texts import tr
from ui.models.room import RoomModel
from ui.pages.trends.menubutton import MenuButton
from ui.pages.trends.viewname import ViewNameDialog
from ui.pages.trends.views import View, Views
from ui.settings import Settings
from ui.widgets.lettering import metrics

MOST_KEYS = 9
"""Saved views that have a key of their own."""
VIEW_PX = 160


class ViewsButton(MenuButton):
    """`wanted` when a person has chosen a `View`, `said` what became of a wish; `name` is that of the view on the chart ("" = none).

    `now` makes a view of this name out of what is on the chart.
    """

    wanted = Signal(object)
    said = Signal(str)

    def __init__(self, model: RoomModel, settings: Settings, now: Callable[[str], View]) -> None:
        super().__init__()
        self._model, self._settings, self._now = model, settings, now
        self._views: Views | None = None
        self.name = ""

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.setText(metrics().elidedText(self.name, Qt.TextElideMode.ElideMiddle, VIEW_PX) or tr("Views"))
        self.setToolTip(self.name)

    def set_name(self, name: str) -> None:
        """The view of this name is on the chart."""
        self.name = name
        self.retranslate()

    def views(self) -> Views | None:
        """The saved views of this room; None before it is known."""
        if self._views is None and self._model.room is not None:
            self._views = Views(self._settings, self._model.room.id)
        return self._views

    def forget(self) -> None:
        """The room may be another one."""
        self._views = None

    def choose(self, number: int) -> None:
        """The view with this place in the list, from 0, if there is one."""
        views = self.views()
        if views is not None and number < len(views.all):
            self.wanted.emit(views.all[number])

    def save(self, name: str) -> None:
        """What is seen now, under this name."""
        views = self.views()
        if views is not None:
            views.save(self._now(name))
            self.set_name(name)

    def fill(self, menu: QMenu) -> None:
        views = self.views()
        for number, view in enumerate(views.all if views else []):
            action = menu.addAction(view.name)
            action.setCheckable(True)
            action.setChecked(view.name == self.name)
            if number < MOST_KEYS:
                action.setText(f"{view.name}\tCtrl+Shift+{number + 1}")
            action.triggered.connect(lambda _=False, v=view: self.wanted.emit(v))
        menu.addSeparator()
        menu.addAction(tr("Save as…")).triggered.connect(self._ask_save)
        known = views is not None and views.find(self.name) is not None
        for text, act in ((tr("Rename…"), self._ask_rename), (tr("Delete this view"), self._delete)):
            action = menu.addAction(text)
            action.setEnabled(known)
            action.triggered.connect(act)

    def _ask_save(self) -> None:
        views = self.views()
        taken = [view.name for view in views.all] if views else []
        self.open_dialog(ViewNameDialog(tr("Save this view"), self.name, taken, self.save, self))

    def _ask_rename(self) -> None:
        views, old = self.views(), self.name
        if views is None:
            return

        def rename(new: str) -> None:
            views.rename(old, new)
            self.set_name(new)

        taken = [view.name for view in views.all if view.name != old]
        self.open_dialog(ViewNameDialog(tr("Rename this view"), old, taken, rename, self))

    def _delete(self) -> None:
        views = self.views()
        if views is not None:
            views.remove(self.name)
            old = self.name
            self.set_name("")
            self.said.emit(tr("The view {name} was deleted; “Save as” brings it back", name=old))
