"""Routes upon the plan, templates with their items; publish, take over, retire, print, and the lines of a patrol wand. Decides nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cityops_desktop.duty.patrolcontent import Expected, Plan
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.patrol import PatrolPage, PatrolSheet, RouteInfo, TemplateInfo
from cityops_desktop.texts import N_, pick, tr
from ui.actions.outcome import result_text
from ui.pages.patrol.forms import Forms
from ui.pages.patrol.routeform import RouteForm
from ui.pages.patrol.routemap import RouteMap
from ui.pages.patrol.templateform import TemplateForm
from ui.pages.patrol.wandform import show_wand_form
from ui.pages.patrol.words import GROUPS, ITEM_KINDS, PROOFS, limits_text
from ui.widgets.elided import ElidedLine
from ui.widgets.sheet import Cell, Row, Sheet, Sign

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

BUTTONS = 200


@dataclass(frozen=True, slots=True)
class _Button:
    words: str
    kind: str
    fits: Callable[[], str]
    button: QPushButton


class RoutesTab(QWidget):
    """`printWanted`: the sheet of this version of a route."""

    printWanted = Signal(str)

    def __init__(self, acts: "Acts", link: "Link", forms: Forms) -> None:
        super().__init__()
        self._acts, self._link, self._forms = acts, link, forms
        self._page: PatrolPage | None = None
        self._sheet: PatrolSheet | None = None
        self._asked = ""
        self._dialog: QFileDialog | None = None
        self._buttons: list[_Button] = []
        self.routes, self.templates, self.below = Sheet("routes"), Sheet("templates"), Sheet("stops or items")
        self.map = RouteMap(acts.model)
        self.said = ElidedLine(bold=True)
        self.side = QVBoxLayout()
        self._lay_out()
        self._add_buttons()
        self.routes.chosen.connect(self._route_chosen)
        self.templates.chosen.connect(self._template_chosen)

    def _lay_out(self) -> None:
        above = QHBoxLayout()
        above.addWidget(self.routes, 1)
        above.addWidget(self.templates, 1)
        below = QHBoxLayout()
        below.addWidget(self.below, 3)
        below.addWidget(self.map, 2)
        left = QVBoxLayout()
        left.addLayout(above, 2)
        left.addLayout(below, 3)
        left.addWidget(self.said)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.addLayout(left, 1)
        row.addLayout(self.side)

    def _add_buttons(self) -> None:
        self.take_over = self._button(N_("Take over templates…"), "patrol.take_over", self._take_over, self._take_over_why)
        self.new_template = self._button(N_("New template…"), "patrol.template", lambda: self._edit_template(None))
        self.edit_template = self._button(
            N_("Change the template…"), "patrol.template", lambda: self._edit_template(self.template()), self._template_why
        )
        self.end_template = self._button(N_("Retire the template…"), "patrol.template_end", self._end_template, self._template_why)
        self.new_route = self._button(N_("New route…"), "patrol.route", lambda: self._edit_route(None), self._no_template_why)
        self.edit_route = self._button(N_("Change the route…"), "patrol.route", lambda: self._edit_route(self.route()), self._route_why)
        self.end_route = self._button(N_("Retire the route…"), "patrol.route_end", self._end_route, self._route_why)
        self.print = self._button(N_("Print the sheet…"), "", lambda: self.printWanted.emit(self.routes.chosen_id()), self._route_why)
        self.wand = self._button(N_("Lines of a wand…"), "patrol.scans", self.ask_wand)
        self.side.addStretch(1)

    def _button(self, words: str, kind: str, pressed: Callable[[], None], fits: Callable[[], str] = lambda: "") -> QPushButton:
        button = QPushButton()
        button.setFixedWidth(BUTTONS)
        button.clicked.connect(lambda: pressed())
        self._buttons.append(_Button(words, kind, fits, button))
        self.side.addWidget(button)
        return button

    def retranslate(self) -> None:
        """The words in the language in force."""
        self._show()
        self.map.retranslate()

    def tell(self, page: PatrolPage) -> None:
        """The newest answer."""
        self._page = page
        self._show()
        if not self.routes.chosen_id() and not self.templates.chosen_id() and page.routes:
            self.routes.choose(page.routes[0].id)

    def route(self) -> RouteInfo | None:
        """The chosen route."""
        id = self.routes.chosen_id()
        return next((one for one in self._page.routes if one.id == id), None) if self._page is not None else None

    def template(self) -> TemplateInfo | None:
        """The chosen template."""
        id = self.templates.chosen_id()
        return next((one for one in self._page.templates if one.id == id), None) if self._page is not None else None

    def _show(self) -> None:
        page = self._page
        routes = [one for one in page.routes if one.ended is None] if page is not None else []
        rows = [
            Row(one.id, (Cell(pick(one.content.name)), Cell(_plan_text(one.content.plan)), Cell(str(len(one.content.stops)))))
            for one in routes
        ]
        self.routes.tell([tr("Route"), tr("When"), tr("Stops")], rows, wide=0, most=200)
        self.routes.describe(tr("Routes"))
        rows = [
            Row(one.id, (Cell(pick(one.content.name)), Cell(tr(GROUPS[one.content.group])), Cell(str(len(one.content.items)))))
            for one in (page.templates if page is not None else [])
        ]
        self.templates.tell([tr("Template"), tr("Equipment group"), tr("Items")], rows, wide=0, most=170)
        self.templates.describe(tr("Templates"))
        waiting = len(page.waiting) if page is not None else 0
        words = tr("{n} templates come with the program and are not published here yet.", n=waiting) if waiting else ""
        if page is not None and page.unmatched:
            words = tr("{n} lines of wands belong to no round yet.", n=page.unmatched)
        self.said.set_text(words)
        self._show_below()
        self.look()

    # the chosen one

    def _route_chosen(self) -> None:
        route = self.route()
        if route is not None:
            self.templates.clearSelection()
            self._ask_sheet(route.id)
        self._show_below()
        self.look()

    def _template_chosen(self) -> None:
        if self.template() is not None:
            self.routes.clearSelection()
        self._show_below()
        self.look()

    def _ask_sheet(self, id: str) -> None:
        if id == self._asked or not self.isVisible():
            return
        self._asked = id

        def came(told: PatrolSheet | CommandResult) -> None:
            if isinstance(told, PatrolSheet):
                self._sheet = told
                self._show_below()
            else:
                self._asked = ""
                self.said.set_text(result_text(told))

        self._link.ask("/api/v1/duty/patrol/sheet", PatrolSheet, came, {"route": id})

    def _show_below(self) -> None:
        template, route = self.template(), self.route()
        self.map.setVisible(template is None)
        if template is not None:
            rows = [
                Row(one.id, (Cell(pick(one.name)), Cell(tr(ITEM_KINDS[one.kind])), Cell(limits_text(one) or one.unit)))
                for one in template.content.items
            ]
            self.below.tell([tr("Looked at"), tr("Kind"), tr("Limits")], rows, wide=0)
            self.below.describe(tr("Items of the template"))
            return
        stops = route.content.stops if route is not None else ()
        names = {one.content.code: pick(one.content.name) for one in self._page.templates} if self._page is not None else {}
        rows = [
            Row(
                one.id,
                (
                    Cell(f"{n + 1} {pick(one.name)}"),
                    Cell(", ".join(names.get(code, code) for code in one.templates)),
                    Cell("" if one.expects is Expected.NONE else tr(PROOFS[one.expects.value]), Sign.NONE),
                ),
            )
            for n, one in enumerate(stops)
        ]
        self.below.tell([tr("Stop"), tr("Looked at"), tr("Proof")], rows, wide=1)
        self.below.describe(tr("Stops of the route"))
        told = self._sheet
        self.map.show_route(told.stops if told is not None and route is not None and told.route.id == route.id else ())

    # what can be done

    def look(self) -> None:
        """Which buttons make sense now."""
        for one in self._buttons:
            why = (self._acts.why_not(one.kind) if one.kind else "") or one.fits()
            one.button.setText(tr(one.words))
            one.button.setEnabled(not why)
            one.button.setToolTip(why)

    def _take_over_why(self) -> str:
        return "" if self._page is not None and self._page.waiting else tr("all templates of the program are published")

    def _template_why(self) -> str:
        return "" if self.template() is not None else tr("choose a template first")

    def _route_why(self) -> str:
        return "" if self.route() is not None else tr("choose a route first")

    def _no_template_why(self) -> str:
        return "" if self._page is not None and self._page.templates else tr("publish or take over a template first")

    def _take_over(self) -> None:
        if self._page is not None:
            self._forms.take_over([one.code for one in self._page.waiting], lambda result: None)

    def _edit_template(self, one: TemplateInfo | None) -> None:
        self._acts.show(TemplateForm(self._acts, one))

    def _edit_route(self, one: RouteInfo | None) -> None:
        if self._page is not None and self._acts.model.room is not None:
            self._acts.show(RouteForm(self._acts, one, self._page.templates, self._acts.model.room))

    def _end_template(self) -> None:
        one = self.template()
        if one is not None:
            self._forms.retire_template(one.content.code, pick(one.content.name))

    def _end_route(self) -> None:
        one = self.route()
        if one is not None:
            self._forms.retire_route(one.content.code, pick(one.content.name))

    def ask_wand(self) -> None:
        """Which file?"""
        self._dialog = QFileDialog(self, tr("Lines of a wand"), "", "CSV, TXT (*.csv *.txt *.log);;* (*)")
        self._dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        self._dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._dialog.fileSelected.connect(lambda path: self.take_wand(Path(path)))
        self._dialog.open()

    def take_wand(self, path: Path) -> None:
        """Show what it holds and how it is read."""
        self.said.set_text(show_wand_form(self._acts, path))


def _plan_text(plan: Plan | None) -> str:
    if plan is None:
        return tr("whenever it is wanted")
    if plan.every is not None:
        return tr("every {n} h", n=plan.every)
    return ", ".join(plan.times)
