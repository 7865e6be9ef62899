"""The button of the export: what is on the chart as a picture (PNG) or as values (CSV), into a file that a person names."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QIODevice, QSaveFile, QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog, QMenu

from cityops_desktop.texts import pick, tr
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.trends.csvfile import CsvExport, unwritten
from ui.pages.trends.menubutton import MenuButton
from ui.pages.trends.picture import picture
from ui.pages.trends.plot import Plot

if TYPE_CHECKING:
    from ui.link import Link


class ExportButton(MenuButton):
    """`said` what became of it, or how far it is.

    `title` names what is on the chart, `notes` what else a reader of the picture must know.
    """

    said = Signal(str)

    def __init__(self, model: RoomModel, link: "Link", plot: Plot, title: Callable[[], str], notes: Callable[[], list[str]]) -> None:
        super().__init__()
        self._model, self._link, self._plot, self._title, self._notes = model, link, plot, title, notes
        self.running: CsvExport | None = None

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.setText(tr("Export"))

    def fill(self, menu: QMenu) -> None:
        if self.running is not None:
            menu.addAction(tr("Stop the export")).triggered.connect(self.running.cancel)
            return
        for text, act in ((tr("Picture (PNG)…"), self._ask_picture), (tr("Values (CSV)…"), self._ask_values)):
            action = menu.addAction(text)
            action.setEnabled(bool(self._plot.lines))
            action.triggered.connect(act)

    def _ask_picture(self) -> None:
        self._ask_file("png", self.save_picture)

    def _ask_values(self) -> None:
        self._ask_file("csv", self.save_values)

    def _ask_file(self, kind: str, save: Callable[[Path], None]) -> None:
        dialog = QFileDialog(self, tr("Export"), QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(kind)
        dialog.setNameFilter(f"{kind.upper()} (*.{kind})")
        room = self._model.room
        dialog.selectFile(f"{room.id if room else 'room'}-{moment(self._plot.start, self._model.zone):%Y%m%d-%H%M}.{kind}")
        dialog.fileSelected.connect(lambda path: save(Path(path)))
        self.open_dialog(dialog)

    def save_picture(self, path: Path) -> None:
        """The chart as a PNG file."""
        room, names = self._model.room, []
        for line in self._plot.lines:
            device = self._model.devices.get(line.point.device)
            place = pick(device.names) if device else line.point.device
            names.append((line, f"{place} · {pick(line.point.names)}" + (f"  {line.point.unit}" if line.point.unit else "")))
        title = f"{pick(room.names)} · {self._title()}" if room else tr("Trends")
        image = picture(self._plot, title, self._span_text(), names, self._notes(), demo=room is not None and room.origin == "demo")
        file = QSaveFile(str(path))  # the old picture stays until the new one is whole
        whole = file.open(QIODevice.OpenModeFlag.WriteOnly) and image.save(file, "PNG") and file.commit()  # type: ignore[call-overload]
        self.said.emit(tr("written: {file}", file=str(path)) if whole else unwritten(path, file.errorString()))

    def _span_text(self) -> str:
        start, end = (f"{moment(one, self._model.zone):%Y-%m-%d %H:%M:%S}" for one in (self._plot.start, self._plot.end))
        offset = f"{moment(self._plot.start, self._model.zone):%z}"
        room = self._model.room
        zone = f" ({room.timezone})" if room else ""
        return f"{start} – {end}  UTC{offset[:3]}:{offset[3:5]}{zone}"

    def save_values(self, path: Path) -> None:
        """The samples of the time that is seen as a CSV file; says how far it is."""
        points = [line.point for line in self._plot.lines]
        running = self.running = CsvExport(self._model, self._link, points, self._plot.start, self._plot.end, path, self)

        def ended(said: str) -> None:
            self.running = None
            self.said.emit(said or tr("written: {file}", file=str(path)))

        def progressed(percent: int) -> None:
            self.said.emit(tr("{file}: {n} %", file=path.name, n=percent))

        running.progressed.connect(progressed)
        running.ended.connect(ended)
        running.ended.connect(running.deleteLater)
        progressed(0)
        running.begin()
