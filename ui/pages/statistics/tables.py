"""One subject: its tables by name at the left, the chosen one as a chart and as rows. Asks the station nothing."""

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from cityops_desktop.link.statistics import StatisticsInfo
from cityops_desktop.model.statistics import About, By, Column, Measure, Table
from cityops_desktop.texts import tr
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.statistics.chart import Bar, BarChart, Chart
from ui.pages.statistics.words import ABOUT, Words, notes_text, table_title
from ui.widgets.sheet import Cell, Row, Sheet

LEFT = 264
MOST_DAYS = 31
"""With more bars only the months stand below them."""
DRAWN = (Measure.COUNT, Measure.SHARE, Measure.MS, Measure.HOURS, Measure.FIGURE)


class TablesTab(QWidget):
    """`opened`: a row was opened (double click, Enter)."""

    opened = Signal(str, str)
    """What it is about (About), and its id."""

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self.info: StatisticsInfo | None = None
        self.list = Sheet("tables")
        self.column = QComboBox()
        self.chart = BarChart()
        self.sheet = Sheet("statistics")
        self.notes = QLabel()
        self.notes.setWordWrap(True)
        self.notes.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.notes.setMinimumHeight(self.notes.fontMetrics().height() * 3 + 4)
        self.list.setFixedWidth(LEFT)
        self.column.setMinimumWidth(360)
        self.column.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.column.setMinimumContentsLength(24)
        self._lay_out()
        self.list.chosen.connect(self._show_table)
        self.column.currentIndexChanged.connect(lambda _: self._show_chart())
        self.sheet.activated.connect(lambda _: self._opened())
        self.chart.looked.connect(self._looked)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.list.setAccessibleName(tr("Tables"))
        self.column.setAccessibleName(tr("Column of the chart"))
        self.sheet.setAccessibleName(tr("Rows"))
        self._show()

    def tell(self, info: StatisticsInfo | None) -> None:
        """These are the tables now; None = none are known."""
        self.info = info
        self._show()

    @property
    def table(self) -> Table | None:
        """The chosen one."""
        tables = self.info.tables if self.info is not None else []
        return next((one for one in tables if one.code == self.list.chosen_id()), None)

    def words(self) -> Words:
        """Of these tables."""
        return Words(self._model, self.info.people if self.info else {}, self.info.by if self.info else By.DAY)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.column)
        head.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addLayout(head)
        right.addWidget(self.chart)
        right.addWidget(self.sheet, 1)
        right.addWidget(self.notes)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(self.list)
        row.addLayout(right, 1)

    # showing

    def _show(self) -> None:
        tables = self.info.tables if self.info is not None else []
        rows = [Row(table.code, (Cell(table_title(table)),)) for table in tables]
        if rows:
            self.list.tell(("",), rows)
            self.list.choose(self.list.chosen_id() or rows[0].id)
        self._show_table()

    def _show_table(self) -> None:
        table, words = self.table, self.words()
        drawn = drawn_columns(table) if table is not None else []
        heads = [words.head(column) for column in drawn]
        if heads != [self.column.itemText(n) for n in range(self.column.count())]:
            self.column.blockSignals(True)
            self.column.clear()
            self.column.addItems(heads)
            for number, head in enumerate(heads):
                self.column.setItemData(number, head, Qt.ItemDataRole.ToolTipRole)
            self.column.blockSignals(False)
        self.column.setToolTip("\n".join([tr("Column of the chart"), *heads]))
        for widget in (self.column, self.chart):
            widget.setVisible(bool(drawn))
        if table is None:
            self.sheet.tell(("",), ())
            self.notes.setText("")
            return
        titles, rows = sheet_of(table, words)
        self.sheet.tell([*titles, ""], [replace(row, cells=(*row.cells, Cell(""))) for row in rows], wide=len(titles), most=320)
        self.sheet.describe(table_title(table))
        said = notes_text(table, self._model.zone)
        self.notes.setText(said if table.rows else f"{tr('Nothing to tell in this span.')} {said}")
        self._show_chart()

    def _show_chart(self) -> None:
        table = self.table
        drawn = drawn_columns(table) if table is not None else []
        number = self.column.currentIndex()
        if table is not None and 0 <= number < len(drawn):
            self.chart.tell(chart_of(table, drawn[number], self.words(), self._model))

    def _looked(self, number: int) -> None:
        table = self.table
        if table is not None and 0 <= number < len(table.rows):
            self.sheet.selectRow(number)

    def _opened(self) -> None:
        table = self.table
        if table is not None and self.sheet.chosen_id():
            self.opened.emit(table.about.value, self.sheet.chosen_id().partition("|")[0])


def drawn_columns(table: Table) -> list[Column]:
    """The columns that can be drawn."""
    return [column for column in table.columns if column.measure in DRAWN] if table.rows else []


def sheet_of(table: Table, words: Words) -> tuple[list[str], list[Row]]:
    """Heads and rows in words."""
    heads = [tr(ABOUT[table.about]), *(words.head(column) for column in table.columns)]
    rows = []
    for number, row in enumerate(table.rows):
        cells = [Cell(words.label(table.about, row.id))]
        for column, cell in zip(table.columns, row.cells, strict=True):
            cells.append(Cell(words.cell(column, cell), dim=cell is None or cell == 0))
        rows.append(Row(f"{row.id}|{number}", tuple(cells)))
    return heads, rows


def chart_of(table: Table, column: Column, words: Words, model: RoomModel) -> Chart:
    """A column as bars."""
    upright = table.about is About.PERIOD
    place = table.columns.index(column)
    bars, before = [], ""
    for row in table.rows:
        cell = row.cells[place]
        value = float(cell) if isinstance(cell, int | float) else None
        short = ""
        if upright:
            day = moment(int(row.id), model.zone)
            month, many = f"{day:%Y-%m}", len(table.rows) > MOST_DAYS
            short = f"{day:%m-%d}" if not many and words.by is not By.MONTH else month if month != before else ""
            before = month
        name = words.label(table.about, row.id)
        text_columns = [words.cell(one, told) for one, told in zip(table.columns, row.cells, strict=True) if one.measure is Measure.TEXT]
        if table.about is About.PERSON and text_columns:
            name = f"{name} · {text_columns[0]}"
        bars.append(Bar(name, value, words.cell(column, cell), short))
    title, head = table_title(table), words.head(column)
    return Chart(title if title == head else f"{title} · {head}", tuple(bars), upright, column.measure is Measure.SHARE)
