"""The button of the saved views: own and shared ones, saving, renaming, sharing, deleting. Says which one is wanted, moves no chart."""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.model.people import Outcome, Role
from cityops_desktop.texts import tr
from ui.actions import trends
from ui.actions.outcome import result_text
from ui.dialogs.share import ShareDialog
from ui.dialogs.viewname import LONGEST_NAME, ViewNameDialog
from ui.models.room import RoomModel
from ui.pages.trends.oldviews import OldViews
from ui.pages.trends.views import View, Views
from ui.settings import Settings
from ui.widgets.lettering import metrics
from ui.widgets.menubutton import MenuButton

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

MOST_KEYS = 9
"""Saved views that have a key of their own."""
VIEW_PX = 160
SAVE, SHARE, DELETE = "view.save", "view.share", "view.delete"


class ViewsButton(MenuButton):
    """`wanted` when a person has chosen a `View`, `said` what became of a wish; `name` is that of the view on the chart ("" = none).

    `now` makes a view of this name out of what is on the chart.
    """

    wanted = Signal(object)
    said = Signal(str)

    def __init__(self, model: RoomModel, link: "Link", acts: "Acts", settings: Settings, now: Callable[[str], View]) -> None:
        super().__init__()
        self._model, self._acts, self._settings, self._now = model, acts, settings, now
        self.views = Views(link, acts, self)
        self._old: OldViews | None = None
        self.name = ""
        self._shown: View | None = None

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.setText(metrics().elidedText(self.name, Qt.TextElideMode.ElideMiddle, VIEW_PX) or tr("Views"))
        self.setToolTip(self.name)

    def set_name(self, name: str) -> None:
        """The view of this name is on the chart; "" = none."""
        self.name, self._shown = name, None
        self.retranslate()

    def set_view(self, view: View) -> None:
        """This view is on the chart."""
        self.set_name(view.name)
        self._shown = view

    def old(self) -> OldViews | None:
        """What this console kept by itself of this room; None before the room is known."""
        if self._old is None and self._model.room is not None:
            self._old = OldViews(self._settings, self._model.room.id)
        return self._old

    def forget(self) -> None:
        """The room may be another one."""
        self._old = None

    def choose(self, number: int) -> None:
        """The view with this place in the list, from 0, if there is one."""
        if number < len(self.views.all):
            self.wanted.emit(self.views.all[number])

    def current(self) -> View | None:
        """The view on the chart as the station has it now."""
        if self._shown is not None and self._shown.id:
            return next((view for view in self.views.all if view.id == self._shown.id), self.views.find(self.name))
        return self.views.find(self.name)

    def fill(self, menu: QMenu) -> None:
        self.views.ask()
        current = self.current()
        others = False
        for number, view in enumerate(self.views.all):
            if not view.own and not others:
                others = True
                menu.addSeparator()
                menu.addAction(tr("Shared with you")).setEnabled(False)
            self._add(menu, number, view, checked=current is not None and view.id == current.id)
        menu.addSeparator()
        menu.addAction(tr("Save as…")).triggered.connect(self._ask_save)
        own = current is not None and current.own
        for text, act, possible in (
            (tr("Rename…"), self._ask_rename, own),
            (tr("Share with…"), self._ask_share, current is not None and not self._acts.why_not(SHARE)),
            (tr("Delete this view"), self._delete, own),
        ):
            action = menu.addAction(text)
            action.setEnabled(possible)
            action.triggered.connect(act)
        old = self.old()
        if old is not None and old.all:
            menu.addSeparator()
            menu.addAction(tr("Take over {n} views kept by this console", n=len(old.all))).triggered.connect(self._take_over)

    def _add(self, menu: QMenu, number: int, view: View, *, checked: bool) -> QAction:
        name = view.name.replace("&", "&&")
        text = name if view.own else f"{name} · {view.owner}"
        if view.own and view.roles:
            text = tr("{name} · shared", name=name)
        action = menu.addAction(f"{text}\tCtrl+Shift+{number + 1}" if number < MOST_KEYS else text)
        action.setCheckable(True)
        action.setChecked(checked)
        action.triggered.connect(lambda _=False: self.wanted.emit(view))
        return action

    def save(self, name: str) -> None:
        """What is seen now, under this name; an own view of this name is replaced."""
        self._send(self._now(name), "", replace=True)

    def _send(self, view: View, id: str, *, replace: bool, then: Callable[[CommandResult], None] | None = None) -> None:
        def came(result: CommandResult) -> None:
            if result.outcome is Outcome.DONE:
                if then is None:
                    self.set_view(dataclasses.replace(view, id=str(result.data.get("view", id))))
            else:
                self.said.emit(tr("{act}: {result}", act=tr("Save the view"), result=result_text(result)))
            if then is not None:
                then(result)

        action = partial(trends.save_view, id=id, name=view.name, content=view.content(), replace=replace)
        self._acts.carry_out(tr("Save the view"), SAVE, action, came)

    def _ask_save(self) -> None:
        taken = [view.name for view in self.views.own()]
        name = self.name if self.current() is None or self.views.find(self.name) else ""
        self.open_dialog(ViewNameDialog(tr("Save this view"), name, taken, self.save, self))

    def _ask_rename(self) -> None:
        view = self.current()
        if view is None:
            return
        taken = [one.name for one in self.views.own() if one.id != view.id]

        def rename(new: str) -> None:
            renamed = View(new, view.points, view.span, view.compare, view.heights)
            self._send(renamed, view.id, replace=True)

        self.open_dialog(ViewNameDialog(tr("Rename this view"), view.name, taken, rename, self))

    def _ask_share(self) -> None:
        view = self.current()
        if view is None:
            return

        def share(roles: list[Role]) -> None:
            action = partial(trends.share_view, view=view.id, roles=roles)
            self._acts.carry_out(tr("Share a view"), SHARE, action, lambda result: self._told(tr("Share a view"), result))

        self.open_dialog(ShareDialog(view.name, view.roles, share, self))

    def _delete(self) -> None:
        view = self.current()
        if view is None:
            return

        def came(result: CommandResult) -> None:
            if result.outcome is Outcome.DONE:
                self.set_name("")
                self.said.emit(tr("The view {name} was deleted; “Save as” brings it back", name=view.name))
            else:
                self._told(tr("Delete this view"), result)

        self._acts.carry_out(tr("Delete this view"), DELETE, partial(trends.delete_view, view=view.id), came)

    def _told(self, what: str, result: CommandResult) -> None:
        self.said.emit(tr("{act}: {result}", act=what, result=result_text(result)))

    def _take_over(self) -> None:
        """One after the other: the first asks for a log-in where nobody is there, and what the station refuses stays here."""
        old = self.old()
        if old is None or not old.all:
            return
        view = old.all[0]
        taken, name, n = {one.name for one in self.views.own()}, view.name[:LONGEST_NAME], 1
        while name in taken:
            n += 1
            name = f"{view.name[: LONGEST_NAME - 4]} {n}"

        def came(result: CommandResult) -> None:
            if result.outcome is Outcome.DONE:
                old.taken(view)
                self.views.all.append(View(name, view.points, view.span, id=str(result.data.get("view", ""))))
                self._take_over()
                if not old.all:
                    self.said.emit(tr("The views of this console are the station's now"))

        self._send(View(name, view.points, view.span, view.compare, view.heights), "", replace=False, then=came)
