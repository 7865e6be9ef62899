"""The tab of visitors: who is inside now with a clock, below the register that is searched and written to a file. Decides nothing."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog, QLineEdit

from cityops_desktop.link.duty.maintenance import ContractsPage
from cityops_desktop.link.duty.visits import VisitInfo, VisitsPage
from cityops_desktop.texts import N_, tr
from ui.dialogs.houseforms import HouseForms
from ui.models.shown import moment, span_text
from ui.pages.cleaning import register
from ui.pages.cleaning.tab import HouseTab
from ui.paper import blocks, sheet
from ui.paper.run import PaperRun
from ui.widgets.elided import ElidedLine
from ui.widgets.savedialog import save_dialog
from ui.widgets.sheet import Cell, Row, Sign

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

SEARCH = 330
TYPED_MS = 400
"""So long after the last key the register is searched."""
MOST_WRITTEN = 5000
SOON_MS = 15 * 60_000


class VisitsTab(HouseTab[VisitsPage]):
    """A row a person inside; whoever should be out stands first and says so."""

    title = N_("Visitors")
    path = "/api/v1/duty/visits"
    below = N_("Register of visitors")

    def __init__(self, acts: "Acts", link: "Link", forms: HouseForms) -> None:
        super().__init__(acts, link, VisitsPage)
        self.forms, self._link = forms, link
        self.running: PaperRun | None = None
        self._dialog: QFileDialog | None = None
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(SEARCH)
        self.search.setMaxLength(100)
        self.bar.addWidget(self.search)
        self.said = ElidedLine(colour="text_dim")
        self.left.addWidget(self.said)
        self._typed = QTimer(self, interval=TYPED_MS, singleShot=True)
        self._typed.timeout.connect(self._search)
        self.search.textChanged.connect(self._typed.start)
        self.search.returnPressed.connect(self._search)
        self.add_button(N_("Visitor in…"), "visit.enter", lambda: self._enter(None))
        self.add_button(N_("Out…"), "visit.leave", self._leave, lambda: self.upper_and(True, ""))
        self.add_button(N_("Stays longer…"), "visit.extend", self._longer, lambda: self.upper_and(True, ""))
        self.add_button(N_("Comes again…"), "visit.enter", self._again, lambda: self.former_and(True, ""))
        self.written = self.add_button(N_("Register as a file…"), "duty.read", self._ask_file, self._file_why)

    def chosen(self) -> VisitInfo | None:
        """Whoever is chosen above."""
        return next((one for one in self.told.inside if one.id == self.sheet.chosen_id()), None) if self.told else None

    def query(self) -> dict[str, str | int | list[str] | None]:
        """With the words of the search."""
        return {"text": self.search.text().strip()}

    def now_told(self) -> int:
        """When the station told this."""
        return self.told.now if self.told else 0

    def retranslate(self) -> None:
        """The words in the language in force."""
        super().retranslate()
        self.search.setPlaceholderText(tr("Search: name, firm, purpose, escort, number"))
        self.search.setAccessibleName(tr("Search the register"))

    def second(self) -> None:
        """How long each is inside goes on."""
        self._show_inside()

    def show_all(self) -> None:
        """Who is inside, and the register."""
        if self.told is None:
            return
        self._show_inside()
        rows = [self._row(one) for one in self.told.visits]
        self.tell_former([title for n, title in enumerate(register.titles()) if n != register.DOCUMENT], rows, wide=3)
        words = [tr("There are older ones: search.")] if self.told.more else []
        words += (
            [tr("Badges not given back: {badges}", badges=tr(", ").join(one.badge for one in self.told.badges))] if self.told.badges else []
        )
        self.said.set_text("　".join(words))

    def _show_inside(self) -> None:
        if self.told is None:
            return
        now = self.model.now()
        late = sum(1 for one in self.told.inside if one.expected < now)
        words = tr("Inside now: {n}", n=len(self.told.inside)) if self.told.inside else tr("Nobody is inside.")
        self.say(f"{words} · {tr('past the time given: {n}', n=late)}" if late else words, bold=bool(self.told.inside))
        titles = [tr("Visitor"), tr("Firm"), tr("Purpose"), tr("Escort"), tr("Visitor's badge"), tr("Inside for"), tr("Out by")]
        inside = sorted(self.told.inside, key=lambda one: one.expected)
        self.tell_rows(titles, [self._inside_row(one, now) for one in inside], wide=2)

    def _inside_row(self, one: VisitInfo, now: int) -> Row:
        late = one.expected < now
        out = self.minute(one.expected)
        if late:
            out = tr("{time} · over by {span}", time=out, span=span_text((now - one.expected) / 1000))
        sign = Sign.TRIANGLE if late else Sign.RING if one.expected - now < SOON_MS else Sign.DISC
        facts = (tr("Areas: {text}", text=one.areas) if one.areas else "", tr("Telephone: {phone}", phone=one.phone) if one.phone else "")
        photos = tr("Photographs permitted by {name}", name=one.photos) if one.photos else tr("No photographs")
        return Row(
            one.id,
            (
                Cell(one.name, sign, bold=late, tip="\n".join(filter(None, (one.number, *facts, photos)))),
                Cell(one.firm),
                Cell(one.purpose),
                Cell(one.escort_name),
                Cell(one.badge),
                Cell(span_text((now - one.entered) / 1000)),
                Cell(out, bold=late),
            ),
        )

    def _row(self, one: VisitInfo) -> Row:
        inside = one.gone is None
        cells = register.cells(one, self.minute)
        signs = {register.OUT: Sign.DISC if inside else Sign.TRIANGLE if one.badge_back is False else Sign.NONE}
        tips = {register.OUT: tr("Badge not given back") if one.badge_back is False else one.remark, 1: cells[register.DOCUMENT]}
        shown = ((n, text) for n, text in enumerate(cells) if n != register.DOCUMENT)
        return Row(one.id, tuple(Cell(text, signs.get(n, Sign.NONE), tip=tips.get(n, "")) for n, text in shown))

    # acts

    def _enter(self, again: VisitInfo | None) -> None:
        """The contracts are asked for first: a visit may belong to one."""
        people = self.told.people if self.told else []

        def came(told: object) -> None:
            known = told.contracts if isinstance(told, ContractsPage) else []
            running = [(one.id, f"{one.firm} · {one.title}"[:60]) for one in known if one.ended is None]
            self.forms.visitor_in(people, running, again)

        self._link.ask("/api/v1/duty/contracts", ContractsPage, came)

    def _again(self) -> None:
        found = next((one for one in self.told.visits if one.id == self.former.chosen_id()), None) if self.told else None
        if found is not None:
            self._enter(found)

    def _leave(self) -> None:
        one = self.chosen()
        if one is not None:
            self.forms.visitor_out(one)

    def _longer(self) -> None:
        one = self.chosen()
        if one is not None:
            self.forms.longer(one)

    # the register

    def _search(self) -> None:
        self._typed.stop()
        self.asking.ask()

    def _file_why(self) -> str:
        if self.running is not None:
            return tr("a file is being written")
        return "" if self.told is not None and self.told.visits else tr("the register is empty")

    def _ask_file(self) -> None:
        day = f"{moment(self.model.now(), self.model.zone):%Y-%m-%d}"
        name = f"{tr('Register of visitors')} {day}.pdf"
        self._dialog = save_dialog(self, tr("Register as a file"), name, self.save, ["PDF (*.pdf)", "CSV (*.csv)"])
        self._dialog.filterSelected.connect(self._suffix)
        self._dialog.open()

    def _suffix(self, kind: str) -> None:
        if self._dialog is not None:
            suffix = "csv" if kind.startswith("CSV") else "pdf"
            self._dialog.setDefaultSuffix(suffix)
            for name in self._dialog.selectedFiles():
                self._dialog.selectFile(Path(name).with_suffix(f".{suffix}").name)

    def save(self, path: Path) -> None:
        """All that the words of the search find, up to some thousand rows; the name's ending says as what."""
        self.said.set_text(tr("Writing {file}", file=path.name))
        query = self.query() | {"most": MOST_WRITTEN}
        self._link.ask(self.path, VisitsPage, lambda told: self._write(path, told), query)

    def _write(self, path: Path, told: object) -> None:
        if not isinstance(told, VisitsPage):
            self.said.set_text(tr("{file} cannot be written: {why}", file=path.name, why=tr("the station did not answer")))
            return
        heading = sheet.heading_of(self.model, tr("Register of visitors"))
        if path.suffix.lower() == ".csv":
            self.said.set_text(register.write_csv(path, told.visits, self._whole, heading.demo))
            return
        pages = blocks.pages_of(register.report(told.visits, self._whole, heading.demo), landscape=True)
        self.running = PaperRun(path, heading, pages, self)
        self.running.ended.connect(self._saved)
        self.look()
        self.running.start()

    def _whole(self, ms: int | None) -> str:
        return "" if ms is None else f"{moment(ms, self.model.zone):%Y-%m-%d %H:%M}"

    def _saved(self, words: str) -> None:
        if self.running is not None:
            self.running.deleteLater()
            self.running = None
        self.said.set_text(words)
        self.look()
