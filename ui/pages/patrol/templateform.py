"""A template of patrols as a table, a row an item. What it does not show (hints, how a reading finds its point) stays as it was."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QHeaderView, QTableWidget, QTableWidgetItem

from cityops_desktop.duty.patrolcontent import Choice, Item, ItemKind, RouteContent, TemplateContent, Words
from cityops_desktop.link.acts import AnyAct
from cityops_desktop.link.duty.patrol import PublishTemplate, TemplateInfo
from cityops_desktop.texts import tr
from ui.pages.patrol.editform import EditForm, choice_box, figure_of, new_id
from ui.pages.patrol.words import GROUPS, ITEM_KINDS, number_text
from ui.widgets.form import Wrong

if TYPE_CHECKING:
    from ui.acts import Acts

HIGH = 300
KIND, ZH, EN, UNIT, LOW, HIGHEST, CHOICES, POINT, TOLERANCE = range(9)
WIDTHS = {KIND: 190, UNIT: 60, LOW: 60, HIGHEST: 60, CHOICES: 170, POINT: 150, TOLERANCE: 80}


class TemplateForm(EditForm):
    """A new one, or the next version of one."""

    kind = "patrol.template"

    def __init__(self, acts: "Acts", one: TemplateInfo | None) -> None:
        words = tr("One row an item. Choices: words with a comma between them, Chinese/English, with ! before what is not ok.")
        super().__init__(acts, tr("Change the template") if one is not None else tr("New template"), words)
        content = one.content if one is not None else None
        self._before = {item.id: item for item in content.items} if content is not None else {}
        self.code = self.line(tr("Short name"), content.code if content is not None else "", 40)
        self.code.setEnabled(content is None)
        self.code.setPlaceholderText(tr("small letters, digits, - and _"))
        self.zh = self.line(tr("Name in Chinese"), content.name.zh if content is not None else "")
        self.en = self.line(tr("Name in English"), content.name.en if content is not None else "")
        self.group = self.box(
            tr("Equipment group"), [(key, tr(text)) for key, text in GROUPS.items()], content.group if content else "other"
        )
        self.source = content.source if content is not None else ""
        self.table = QTableWidget(0, TOLERANCE + 1)
        self._set_up_table()
        for item in content.items if content is not None else ():
            self._add(item)
        if content is None:
            self._add(None)
        self.add_why()
        place = self.column.indexOf(self.wrong)
        self.column.insertWidget(place, self.table)
        self.column.insertLayout(
            place + 1,
            self.row(
                (tr("Add an item"), lambda: self._add(None)),
                (tr("Remove the item"), self._remove),
                (tr("Up"), lambda: self._move(-1)),
                (tr("Down"), lambda: self._move(1)),
            ),
        )

    def _set_up_table(self) -> None:
        titles = [tr("Kind"), tr("Chinese"), tr("English"), tr("Unit"), tr("From"), tr("To"), tr("Choices"), tr("Point"), tr("Tolerance")]
        self.table.setHorizontalHeaderLabels(titles)
        self.table.setAccessibleName(tr("Items of the template"))
        self.table.setMinimumHeight(HIGH)
        self.table.verticalHeader().hide()
        self.table.setTabKeyNavigation(False)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        for column, wide in WIDTHS.items():
            self.table.setColumnWidth(column, wide)
        for column in (ZH, EN):
            self.table.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def _add(self, item: Item | None, row: int | None = None) -> None:
        row = self.table.rowCount() if row is None else row
        self.table.insertRow(row)
        kinds = [(kind.value, tr(words)) for kind, words in ITEM_KINDS.items()]
        self.table.setCellWidget(row, KIND, choice_box(kinds, item.kind.value if item is not None else ItemKind.CHECK.value))
        texts = ["", "", "", "", "", "", "", "", ""]
        if item is not None:
            choices = ", ".join(f"{'' if one.ok else '!'}{one.name.zh}/{one.name.en}" for one in item.choices)
            numbers = ["" if value is None else number_text(value) for value in (item.low, item.high, item.tolerance)]
            texts = ["", item.name.zh, item.name.en, item.unit, numbers[0], numbers[1], choices, item.point, numbers[2]]
        for column in range(ZH, TOLERANCE + 1):
            cell = QTableWidgetItem(texts[column])
            cell.setToolTip(texts[column])
            if column == ZH and item is not None:
                cell.setData(Qt.ItemDataRole.UserRole, item.id)
            self.table.setItem(row, column, cell)
        self.table.setCurrentCell(row, ZH)

    def _remove(self) -> None:
        if self.table.currentRow() >= 0:
            self.table.removeRow(self.table.currentRow())

    def _move(self, way: int) -> None:
        row = self.table.currentRow()
        if not 0 <= row + way < self.table.rowCount() or row < 0:
            return
        cells = [self.table.takeItem(row, column) for column in range(self.table.columnCount())]
        kind = self._kind(row)
        self.table.removeRow(row)
        self._add(None, row + way)
        self.table.setCellWidget(row + way, KIND, choice_box([(one.value, tr(words)) for one, words in ITEM_KINDS.items()], kind.value))
        for column, cell in enumerate(cells):
            if cell is not None:
                self.table.setItem(row + way, column, cell)
        self.table.setCurrentCell(row + way, ZH)

    def _kind(self, row: int) -> ItemKind:
        box = self.table.cellWidget(row, KIND)
        assert isinstance(box, QComboBox)
        return ItemKind(str(box.currentData()))

    def _text(self, row: int, column: int) -> str:
        cell = self.table.item(row, column)
        return cell.text().strip() if cell is not None else ""

    def content(self) -> TemplateContent:
        """What was filled in. Wrong."""
        if not self.table.rowCount():
            raise Wrong(tr("A template has at least one item."))
        items: list[Item] = []
        taken: set[str] = set()
        for row in range(self.table.rowCount()):
            items.append(self._item(row, taken))
            taken.add(items[-1].id)
        name = Words(zh=self.zh.text().strip() or self.en.text().strip(), en=self.en.text().strip() or self.zh.text().strip())
        group = self.group.currentData()
        return TemplateContent(code=self.code.text().strip(), group=group, name=name, source=self.source, items=tuple(items))

    def _item(self, row: int, taken: set[str]) -> Item:
        zh, en = self._text(row, ZH), self._text(row, EN)
        if not zh and not en:
            raise Wrong(tr("Row {n} has no name.", n=row + 1))
        cell = self.table.item(row, ZH)
        known = str(cell.data(Qt.ItemDataRole.UserRole) or "") if cell is not None else ""
        id = known or new_id(en, taken | self._before.keys(), "item")
        before, kind, point = self._before.get(id), self._kind(row), self._text(row, POINT)
        label = tr("Row {n}", n=row + 1)
        reading = kind is ItemKind.READING
        return Item(
            id=id,
            kind=kind,
            name=Words(zh=zh or en, en=en or zh),
            hint=before.hint if before is not None else None,
            unit=self._text(row, UNIT),
            low=figure_of(self._text(row, LOW), label),
            high=figure_of(self._text(row, HIGHEST), label),
            choices=self._choices(row, before) if kind is ItemKind.CHOICE else (),
            point=point if reading else "",
            find=before.find if before is not None and reading and not point else None,
            tolerance=figure_of(self._text(row, TOLERANCE), label) if reading else None,
        )

    def _choices(self, row: int, before: Item | None) -> tuple[Choice, ...]:
        ids = {(one.name.zh, one.name.en): one.id for one in before.choices} if before is not None else {}
        found: list[Choice] = []
        for text in self._text(row, CHOICES).replace("，", ",").split(","):
            bare = text.strip()
            zh, _, en = bare.lstrip("!！").strip().partition("/")
            zh, en = zh.strip() or en.strip(), en.strip() or zh.strip()
            if zh:
                id = ids.get((zh, en)) or new_id(en, {one.id for one in found}, "choice")
                found.append(Choice(id=id, name=Words(zh=zh, en=en), ok=not bare.startswith(("!", "！"))))
        return tuple(found)

    def act(self, content: TemplateContent | RouteContent, why: str) -> AnyAct:
        """Publish it."""
        assert isinstance(content, TemplateContent)
        return PublishTemplate(content=content, why=why)
