"""Beside the handover under way: former handovers with their sheets, the stock, and what happened since a person's last turn."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from cityops_desktop.duty.handover import State
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.handover import (
    HandoverDetail,
    HandoverInfo,
    HandoverList,
    HandoversPage,
    SinceInfo,
    StockInfo,
    StockPage,
)
from cityops_desktop.link.duty.sheet import SheetRow, SheetSection
from cityops_desktop.reports.handover import turn_text
from cityops_desktop.reports.sheets import sentence
from cityops_desktop.texts import N_, tr
from ui.actions.outcome import result_text
from ui.dialogs.handoverforms import SORTS, HandoverForms
from ui.models.shown import moment, time_text
from ui.pages.duty.handoverfiles import SignedFile, printing
from ui.pages.duty.handoverview import STATES
from ui.widgets.sheet import Cell, Row, Sheet, Sign
from ui.widgets.sheettab import SheetTab

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

SHEET_HIGH = 230
AT_ONCE = 14
"""Things that are counted in one dialog."""
NO_ROW = N_("choose a row first")
SIGNS = {State.ACCEPTED: Sign.TICK, State.WITHDRAWN: Sign.CROSS}


class SectionRows(Sheet):
    """Sections of a sheet as rows: time, area, words. A double click, or Enter, leads to what a row is about."""

    jumped = Signal(str)

    def __init__(self, acts: "Acts", name: str) -> None:
        super().__init__(name)
        self._acts = acts
        self._rows_by_id: dict[str, SheetRow] = {}
        self.activated.connect(lambda _index: self._jump())

    def tell_sections(self, sections: list[SheetSection]) -> None:
        """Areas that have nothing to tell are left out."""
        zone, rows = self._acts.model.zone, []
        self._rows_by_id = {}
        for section in sections:
            for number, row in enumerate(section.rows):
                id = f"{section.id}{number}"
                self._rows_by_id[id] = row
                time = "" if row.time is None else f"{moment(row.time, zone):%m-%d %H:%M}"
                cells = (Cell(tr(section.title), dim=number > 0), Cell(time), Cell(sentence(row, zone), bold=row.front == "abnormal"))
                rows.append(Row(id, cells))
        self.tell((tr("Area"), tr("Time"), tr("What it says")), rows, wide=2, most=220)
        self.describe(tr("Since my last shift"))

    def _jump(self) -> None:
        row = self._rows_by_id.get(self.chosen_id())
        if row is not None and row.link:
            self.jumped.emit(row.link)


class FormerTab(SheetTab):
    """Handovers of before, the newest first; of the chosen one the sheet below."""

    def __init__(self, acts: "Acts", link: "Link") -> None:
        super().__init__(acts, N_("Former handovers"))
        self._link = link
        self._listed: list[HandoverInfo] = []
        self._more = False
        self.detail: HandoverDetail | None = None
        self.rows = SectionRows(acts, "former sheet")
        self.rows.setFixedHeight(SHEET_HIGH)
        self.left.addWidget(self.rows)
        self.add_button(N_("Sheet as PDF…"), "duty.read", lambda: self._save(pdf=True), self._why)
        self.add_button(N_("Signed file…"), "duty.read", lambda: self._save(pdf=False), self._why)
        self.add_button(N_("Older ones"), "duty.read", self._older, lambda: "" if self._more else tr("there are no older ones"))
        self.sheet.chosen.connect(self._ask)
        self._dialog: QFileDialog | None = None
        self._work: QObject | None = None

    def tell(self, page: HandoversPage) -> None:
        """The newest answer; older ones that were fetched stay."""
        newest = {one.id for one in page.former}
        older = [one for one in self._listed if page.former and one.id not in newest and one.time < page.former[-1].time]
        self._more = page.more if not older else self._more
        self._listed = [*page.former, *older]
        self.show_words()

    def show_words(self) -> None:
        """Every word anew."""
        model = self.acts.model
        rows = []
        for one in self._listed:
            when = "" if one.accepted is None else time_text(one.accepted, model.zone)
            day = f"{moment(one.time, model.zone):%Y-%m-%d}"
            turn = turn_text(one.turn, one.begin, one.end, model.zone)
            state = Cell(tr(STATES[one.state]), SIGNS.get(one.state, Sign.RING))
            people = (Cell(one.actor_name), Cell(one.incoming_name))
            rows.append(Row(one.id, (Cell(one.number), Cell(turn), state, *people, Cell(f"{day} {when}".strip()))))
        titles = [tr("Number"), tr("Turn"), tr("State"), tr("Handing on"), tr("Taking over"), tr("Signed")]
        self.tell_rows(titles, rows, wide=1)
        if self.detail is not None:
            self.rows.tell_sections(self.detail.sheet.sections)

    def choose(self, id: str) -> None:
        """This one."""
        self.sheet.choose(id)

    def _why(self) -> str:
        return "" if self.detail is not None else tr(NO_ROW)

    def _ask(self) -> None:
        id = self.sheet.chosen_id()
        if not id:
            self.detail = None
        elif self.detail is None or self.detail.handover.id != id:
            self.detail = None
            self.acts.ask(f"/api/v1/duty/handovers/{id}", HandoverDetail, self._came)
        self.look()

    def _came(self, told: HandoverDetail | CommandResult) -> None:
        if isinstance(told, CommandResult):
            self.say(result_text(told), bold=True)
            return
        if told.handover.id == self.sheet.chosen_id():
            self.detail = told
            sound = tr("The sheet is what the station signed.")
            self.say(sound if told.sound else tr("This sheet is NOT what the station signed: run “audit verify”."), bold=not told.sound)
            during = SheetSection(id="during", title=N_("During the handover"), rows=told.signed.during if told.signed else [])
            self.rows.tell_sections([*told.sheet.sections, during])
            self.look()

    def _older(self) -> None:
        if self._listed:
            self.acts.ask("/api/v1/duty/handovers", HandoverList, self._came_older, {"before": self._listed[-1].time})

    def _came_older(self, told: HandoverList | CommandResult) -> None:
        if isinstance(told, HandoverList):
            known = {one.id for one in self._listed}
            self._listed += [one for one in told.handovers if one.id not in known]
            self._more = told.more
            self.show_words()

    def _save(self, *, pdf: bool) -> None:
        if self.detail is None:
            return
        name = f"handover-{self.detail.handover.number}.{'pdf' if pdf else 'json'}"
        self._dialog = QFileDialog(self, tr("Save"), str(Path.home() / name), "PDF (*.pdf)" if pdf else "JSON (*.json)")
        self._dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        self._dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self._dialog.setDefaultSuffix("pdf" if pdf else "json")
        self._dialog.fileSelected.connect(self.save_pdf if pdf else self.save_file)
        self._dialog.open()

    def save_pdf(self, path: str) -> None:
        """The sheet on paper."""
        if self.detail is not None:
            work = printing(self.acts.model, self.detail, Path(path), self)
            work.ended.connect(self.say)
            work.start()
            self._work = work

    def save_file(self, path: str) -> None:
        """The papers as the station signed them."""
        if self.detail is not None:
            work = SignedFile(self._link, self.detail.handover.id, Path(path), self)
            work.ended.connect(self.say)
            work.start()
            self._work = work


class StockTab(SheetTab):
    """What is counted at a handover; what is missing or low is bold."""

    def __init__(self, acts: "Acts", forms: HandoverForms) -> None:
        super().__init__(acts, N_("Keys, tools, spares, consumables"))
        self._forms = forms
        self.page: StockPage | None = None
        self.out = Sheet("out")
        self.out.setFixedHeight(SHEET_HIGH // 2)
        self.out.chosen.connect(self.look)
        self.left.addWidget(self.out)
        row = self.chosen_or(NO_ROW)
        self.add_button(N_("Count this kind…"), "stock.count", self._count, row)
        self.add_button(N_("Hand out…"), "stock.move", lambda: self._with("out"), row)
        self.add_button(N_("Put back"), "stock.back", self._back, lambda: "" if self.out.chosen_id() else tr("choose below what is out"))
        self.add_button(N_("Used up, added…"), "stock.move", lambda: self._with("used"), row)
        self.add_button(N_("New thing…"), "stock.put", lambda: forms.put_stock())
        self.add_button(N_("Change…"), "stock.put", lambda: self._put(), row)
        self.add_button(N_("Count no more…"), "stock.end", self._end, row)

    def tell(self, page: StockPage) -> None:
        """The newest answer."""
        self.page = page
        self.show_words()

    def show_words(self) -> None:
        """Every word anew."""
        page = self.page
        self.look()
        if page is None:
            return
        zone = self.acts.model.zone
        gone, low = sum(1 for one in page.items if one.missing), sum(1 for one in page.items if one.is_low)
        words = tr("{n} kinds are counted: {gone} incomplete, {low} running low", n=len(page.items), gone=gone, low=low)
        self.say(words, bold=bool(gone or low))
        titles = [tr("Kind"), tr("What it is"), tr("Kept at"), tr("Must be there"), tr("There"), tr("Out"), tr("State"), tr("Counted")]
        self.tell_rows(titles, [self._row(one) for one in page.items], wide=1)
        names = {one.id: one for one in page.items}
        rows = []
        for move in page.out:
            one = names.get(move.item)
            amount = f"{move.number:g} {one.unit if one else ''}".strip()
            cells = (Cell(one.name if one else move.item), Cell(amount), Cell(move.whom), Cell(f"{moment(move.time, zone):%m-%d %H:%M}"))
            rows.append(Row(move.id, cells))
        self.out.tell((tr("Out"), tr("How many"), tr("With"), tr("Out since")), rows, wide=0)
        self.out.describe(tr("What is out"))

    def _row(self, one: StockInfo) -> Row:
        zone = self.acts.model.zone
        state, sign = tr("all there"), Sign.TICK
        if one.missing:
            state, sign = tr("missing: {n}", n=f"{one.missing:g} {one.unit}".strip()), Sign.CROSS
        elif one.is_low:
            state, sign = tr("running low"), Sign.TRIANGLE
        bad = sign is not Sign.TICK
        counted = "" if one.counted is None else f"{moment(one.counted, zone):%m-%d %H:%M} {one.counted_name}"
        figures = (f"{one.wanted:g} {one.unit}".strip(), f"{one.have:g} {one.unit}".strip(), f"{one.out:g}" if one.out else "")
        cells = (Cell(tr(SORTS[one.sort])), Cell(one.name, bold=bad), Cell(one.place), *map(Cell, figures))
        return Row(one.id, (*cells, Cell(state, sign, bold=bad), Cell(counted)))

    def _chosen(self) -> StockInfo | None:
        id = self.sheet.chosen_id()
        return next((one for one in self.page.items if one.id == id), None) if self.page is not None else None

    def _count(self) -> None:
        """All of the kind of the chosen one, those that were counted longest ago first."""
        one = self._chosen()
        if one is not None and self.page is not None:
            same = [other for other in self.page.items if other.sort is one.sort]
            same.sort(key=lambda other: (other.counted or 0, other.name))
            self._forms.count(same[:AT_ONCE])

    def _with(self, how: str) -> None:
        one = self._chosen()
        if one is not None:
            self._forms.move_stock(one, how)

    def _put(self) -> None:
        one = self._chosen()
        if one is not None:
            self._forms.put_stock(one)

    def _end(self) -> None:
        one = self._chosen()
        if one is not None:
            self._forms.end_stock(one)

    def _back(self) -> None:
        if self.out.chosen_id():
            self._forms.put_back(self.out.chosen_id())


class SinceTab(SheetTab):
    """All that has happened since the end of the person's last signed turn."""

    def __init__(self, acts: "Acts") -> None:
        super().__init__(acts, N_("Since my last shift"))
        self.told: SinceInfo | None = None
        self.rows = SectionRows(acts, "since")
        self.left.replaceWidget(self.sheet, self.rows)
        self.sheet.hide()
        self.rows.chosen.connect(self.look)
        self.add_button(N_("Go there"), "duty.read", self.rows._jump, lambda: "" if self.rows.chosen_id() else tr(NO_ROW))

    def tell(self, told: SinceInfo) -> None:
        """The newest answer."""
        self.told = told
        self.show_words()

    def show_words(self) -> None:
        """Every word anew."""
        self.look()
        if self.told is None:
            return
        when = f"{moment(self.told.since, self.acts.model.zone):%Y-%m-%d %H:%M}"
        signed = tr("Since {time}, the end of your last signed turn", time=when)
        self.say(signed if self.told.signed else tr("You have signed no handover yet: since {time}", time=when))
        self.rows.tell_sections(self.told.sections)
