"""The button of the export: what is on the chart as a picture (PNG), as a report (PDF) or as values (CSV, XLSX, Parquet), into a file that
a person names."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QIODevice, QSaveFile, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMenu

from cityops_desktop.texts import pick, tr
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.trends.csvfile import CsvFile
from ui.pages.trends.figures import Figures, whole_name
from ui.pages.trends.paper import PaperPrint, Report, as_seen
from ui.pages.trends.parquetfile import ParquetFile, possible
from ui.pages.trends.picture import picture
from ui.pages.trends.plot import Plot
from ui.pages.trends.samplefile import SampleExport, Writer, about, unwritten
from ui.pages.trends.xlsxfile import XlsxFile
from ui.paper import sheet
from ui.widgets.menubutton import MenuButton
from ui.widgets.savedialog import save_dialog

if TYPE_CHECKING:
    from ui.link import Link


class ExportButton(MenuButton):
    """`said` what became of it, or how far it is.

    `title` names what is on the chart, `notes` what else a reader of the picture must know.
    """

    said = Signal(str)

    def __init__(
        self,
        model: RoomModel,
        link: "Link",
        plot: Plot,
        title: Callable[[], str],
        notes: Callable[[], list[str]],
        figures: Callable[[Callable[[list[Figures]], None]], None],
    ) -> None:
        super().__init__()
        self._model, self._link, self._plot, self._title, self._notes = model, link, plot, title, notes
        self._figures = figures
        self.running: SampleExport | None = None
        self.printing: PaperPrint | None = None

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.setText(tr("Export"))

    def fill(self, menu: QMenu) -> None:
        if self.running is not None:
            menu.addAction(tr("Stop the export")).triggered.connect(self.running.cancel)
            return
        for text, kind, save in (
            (tr("Picture (PNG)…"), "png", self.save_picture),
            (tr("Report with statistics (PDF)…"), "pdf", self.save_paper),
            (tr("Values (CSV)…"), "csv", self.save_values),
            (tr("Values, a sheet for each point (XLSX)…"), "xlsx", self.save_book),
        ):
            action = menu.addAction(text)
            action.setEnabled(bool(self._plot.lines))
            action.triggered.connect(lambda _=False, k=kind, s=save: self._ask_file(k, s))
        there = possible()
        action = menu.addAction(tr("Values (Parquet)…") if there else tr("Values (Parquet): install the Python package pyarrow first"))
        action.setEnabled(there and bool(self._plot.lines))
        action.triggered.connect(lambda: self._ask_file("parquet", self.save_parquet))

    def _ask_file(self, kind: str, save: Callable[[Path], None]) -> None:
        room = self._model.room
        name = f"{room.id if room else 'room'}-{moment(self._plot.start, self._model.zone):%Y%m%d-%H%M}.{kind}"
        self.open_dialog(save_dialog(self, tr("Export"), name, save))

    def image(self) -> QImage:
        """The chart as a picture that explains itself."""
        room = self._model.room
        names = [(line, whole_name(self._model, line)) for line in self._plot.lines]
        title = f"{pick(room.names)} · {self._title()}" if room else tr("Trends")
        return picture(self._plot, title, self._span_text(), names, self._notes(), demo=room is not None and room.origin == "demo")

    def save_picture(self, path: Path) -> None:
        """The chart as a PNG file."""
        image = self.image()
        file = QSaveFile(str(path))  # the old picture stays until the new one is whole
        whole = file.open(QIODevice.OpenModeFlag.WriteOnly) and image.save(file, "PNG") and file.commit()  # type: ignore[call-overload]
        self.said.emit(tr("written: {file}", file=str(path)) if whole else unwritten(path, file.errorString()))

    def _span_text(self) -> str:
        start, end = (f"{moment(one, self._model.zone):%Y-%m-%d %H:%M:%S}" for one in (self._plot.start, self._plot.end))
        offset = f"{moment(self._plot.start, self._model.zone):%z}"
        room = self._model.room
        zone = f" ({room.timezone})" if room else ""
        return f"{start} – {end}  UTC{offset[:3]}:{offset[3:5]}{zone}"

    def save_paper(self, path: Path) -> None:
        """The chart with its statistics as a PDF file: what is seen now is what is printed, whatever moves meanwhile."""
        plot, notes = self._plot, self._notes()
        heading = sheet.heading_of(self._model, self._title())
        report = Report(heading, as_seen(plot.lanes), (plot.start, plot.end), self._model.zone, self._span_text(), [])

        def reckoned(figures: list[Figures]) -> None:
            self.printing = PaperPrint(path, replace(report, figures=figures), notes, self)
            self.printing.ended.connect(self._printed)
            self.printing.start()

        self._figures(reckoned)

    def _printed(self, said: str) -> None:
        self.printing = None
        self.said.emit(said)

    def save_values(self, path: Path) -> None:
        """The samples of the time that is seen as a CSV file; says how far it is."""
        self._save_samples(path, CsvFile())

    def save_book(self, path: Path) -> None:
        """The same as a workbook."""
        self._save_samples(path, XlsxFile())

    def save_parquet(self, path: Path) -> None:
        """The same as Parquet."""
        self._save_samples(path, ParquetFile())

    def _save_samples(self, path: Path, writer: Writer) -> None:
        points = [line.point for line in self._plot.lines if line.minus is None]
        of = about(self._model, points, self._plot.start, min(self._plot.end, self._model.now()))
        running = self.running = SampleExport(self._link, of, writer, path, self)

        def ended(said: str) -> None:
            self.running = None
            self.said.emit(said or tr("written: {file}", file=str(path)))

        def progressed(percent: int) -> None:
            self.said.emit(tr("{file}: {n} %", file=path.name, n=percent))

        running.progressed.connect(progressed)
        running.ended.connect(ended)
        progressed(0)
        running.begin()
