"""The button of the kept filters of all alarms: own and shared ones, keeping, sharing, deleting. Asks for no alarm itself."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.alarmquery import AlarmFilter, AlarmViewInfo, AlarmViewsPage
from cityops_desktop.model.people import Outcome, Role
from cityops_desktop.texts import tr
from ui.actions import alarmviews
from ui.actions.outcome import result_text
from ui.dialogs.share import ShareDialog
from ui.dialogs.viewname import ViewNameDialog
from ui.widgets.lettering import metrics
from ui.widgets.menubutton import MenuButton

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

PATH = "/api/v1/alarms/views"
VIEW_PX = 140
SAVE, SHARE, DELETE = "alarm_view.save", "alarm_view.share", "alarm_view.delete"


class PastViews(MenuButton):
    """`wanted` gets the question of the view that a person has chosen, `said` what became of a wish. `now`: the question that stands."""

    wanted = Signal(object)
    said = Signal(str)

    def __init__(self, link: "Link", acts: "Acts", now: Callable[[], AlarmFilter | None]) -> None:
        super().__init__()
        self._link, self._acts, self._now = link, acts, now
        self.all: list[AlarmViewInfo] = []
        self._number = 0
        self._shown = ""
        link.sessionChanged.connect(self._person_changed)
        acts.carried.connect(self.ask)

    def retranslate(self) -> None:
        """The words in the language in force."""
        current = self.current()
        name = current.name if current is not None else ""
        self.setText(metrics().elidedText(name, Qt.TextElideMode.ElideMiddle, VIEW_PX) or tr("Views"))
        self.setToolTip(name or tr("Filters that are kept, your own and shared ones"))
        self.setAccessibleName(tr("Views"))

    def current(self) -> AlarmViewInfo | None:
        """The view that was chosen last, as the station has it now."""
        return next((view for view in self.all if view.id == self._shown), None)

    def forget(self) -> None:
        """Another question stands than the view's."""
        self._shown = ""
        self.retranslate()

    def ask(self) -> None:
        """Ask the station; what is known stays until it has answered. A hidden button asks nothing."""
        if not self.isVisible():
            return
        self._number += 1
        number = self._number

        def came(answer: AlarmViewsPage | CommandResult) -> None:
            if number == self._number and isinstance(answer, AlarmViewsPage):
                self.all = answer.views
                self.retranslate()

        self._link.ask(PATH, AlarmViewsPage, came)

    def _person_changed(self) -> None:
        self.all = []
        self.forget()
        self.ask()

    def fill(self, menu: QMenu) -> None:
        """The views, and what can be done."""
        self.ask()
        current = self.current()
        others = False
        for view in self.all:
            if not view.own and not others:
                others = True
                menu.addSeparator()
                menu.addAction(tr("Shared with you")).setEnabled(False)
            name = view.name.replace("&", "&&")
            text = f"{name} · {view.owner}" if not view.own else tr("{name} · shared", name=name) if view.roles else name
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(view.id == self._shown)
            action.triggered.connect(partial(self._choose, view))
        menu.addSeparator()
        menu.addAction(tr("Save as…")).triggered.connect(self._ask_save)
        own = current is not None and current.own
        for text, act, possible in (
            (tr("Share with…"), self._ask_share, current is not None and not self._acts.why_not(SHARE)),
            (tr("Delete this view"), self._delete, own),
        ):
            action = menu.addAction(text)
            action.setEnabled(possible)
            action.triggered.connect(act)

    def _choose(self, view: AlarmViewInfo, _checked: bool = False) -> None:
        self.wanted.emit(view.content)
        self._shown = view.id
        self.retranslate()

    def _ask_save(self) -> None:
        current = self.current()
        taken = [view.name for view in self.all if view.own]
        self.open_dialog(ViewNameDialog(tr("Save this view"), current.name if current else "", taken, self.save, self))

    def save(self, name: str) -> None:
        """The question that stands, under this name; an own view of this name is replaced."""
        content = self._now()
        if content is None:
            self.said.emit(tr("A time cannot be read: write YYYY-MM-DD HH:MM"))
            return

        def came(result: CommandResult) -> None:
            if result.outcome is Outcome.DONE:
                self._shown = str(result.data.get("view", ""))
                self.ask()
                self.retranslate()
            else:
                self._told(tr("Save the view"), result)

        self._acts.carry_out(tr("Save the view"), SAVE, partial(alarmviews.save, id="", name=name, content=content, replace=True), came)

    def _ask_share(self) -> None:
        view = self.current()
        if view is None:
            return

        def share(roles: list[Role]) -> None:
            action = partial(alarmviews.share, view=view.id, roles=roles)
            self._acts.carry_out(tr("Share a view"), SHARE, action, partial(self._told, tr("Share a view")))

        self.open_dialog(ShareDialog(view.name, view.roles, share, self))

    def _delete(self) -> None:
        view = self.current()
        if view is None:
            return

        def came(result: CommandResult) -> None:
            if result.outcome is Outcome.DONE:
                self.forget()
                self.said.emit(tr("The view {name} was deleted; “Save as” brings it back", name=view.name))
            else:
                self._told(tr("Delete this view"), result)

        self._acts.carry_out(tr("Delete this view"), DELETE, partial(alarmviews.delete, view=view.id), came)

    def _told(self, what: str, result: CommandResult) -> None:
        self.said.emit(tr("{act}: {result}", act=what, result=result_text(result)))
