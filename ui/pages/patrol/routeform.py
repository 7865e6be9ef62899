"""A route of patrols: its plan, and its stops from what the room has. Decides nothing; what is wrong is said before it is sent."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
)

from cityops_desktop.duty.patrolcontent import Expected, Plan, RouteContent, Stop, TemplateContent, Words
from cityops_desktop.link.acts import AnyAct
from cityops_desktop.link.duty.patrol import PublishRoute, RouteInfo, TemplateInfo
from cityops_desktop.link.messages import RoomInfo
from cityops_desktop.texts import pick, tr
from ui.pages.patrol.editform import EditForm, figure_of, new_id
from ui.pages.patrol.words import PROOFS
from ui.widgets.form import Wrong

if TYPE_CHECKING:
    from ui.acts import Acts

HIGH = 210


class RouteForm(EditForm):
    """A new one, or the next version of one."""

    kind = "patrol.route"

    def __init__(self, acts: "Acts", one: RouteInfo | None, templates: list[TemplateInfo], room: RoomInfo) -> None:
        words = tr("A round is walked from the first stop to the last. Leave times and hours empty for one that has no plan.")
        super().__init__(acts, tr("Change the route") if one is not None else tr("New route"), words)
        content = one.content if one is not None else None
        self._room = room
        self._stops: list[Stop] = list(content.stops) if content is not None else []
        self._showing = False
        plan = content.plan if content is not None else None
        self.code = self.line(tr("Short name"), content.code if content is not None else "", 40)
        self.code.setEnabled(content is None)
        self.code.setPlaceholderText(tr("small letters, digits, - and _"))
        self.zh = self.line(tr("Name in Chinese"), content.name.zh if content is not None else "")
        self.en = self.line(tr("Name in English"), content.name.en if content is not None else "")
        kinds = [("round", tr("patrol")), ("security", tr("security round"))]
        self.sort = self.box(tr("Kind"), kinds, content.kind if content is not None else "round")
        self._plan = plan
        self._add_plan(plan)
        self.stops, self.looked = _list(), _list()
        self.where, self.code_of, self.expects = QComboBox(), QLineEdit(), QComboBox()
        self._add_stops(templates)
        self.add_why()
        self._fill()

    def _add_plan(self, plan: Plan | None) -> None:
        """Times, hours, window and days in one row."""
        grid = QGridLayout()
        weekdays = ", ".join(str(day) for day in plan.weekdays) if plan is not None else ""
        told = [
            (tr("At (HH:MM, with commas)"), ", ".join(plan.times) if plan is not None else ""),
            (tr("or every (hours)"), str(plan.every) if plan is not None and plan.every is not None else ""),
            (tr("Time for it (minutes)"), str(plan.window) if plan is not None else "60"),
            (tr("May begin earlier (minutes)"), str(plan.early) if plan is not None else "15"),
            (tr("Weekdays (Monday is 1)"), weekdays),
        ]
        self.plan_fields: list[QLineEdit] = []
        for place, (label, text) in enumerate(told):
            edit = QLineEdit(text)
            edit.setAccessibleName(label)
            grid.addWidget(QLabel(label), 0, place)
            grid.addWidget(edit, 1, place)
            self.plan_fields.append(edit)
        grid.setColumnStretch(0, 2)
        self.fields.addRow(tr("When"), grid)

    def _add_stops(self, templates: list[TemplateInfo]) -> None:
        room = self._room
        for area in room.areas:
            self.where.addItem(tr("Area: {name}", name=pick(area.names)), ("area", area.id))
        for device in room.devices:
            self.where.addItem(tr("Device: {name}", name=pick(device.names)), ("device", device.id))
        for rack in room.racks:
            self.where.addItem(tr("Rack: {name}", name=pick(rack.names)), ("rack", rack.id))
        for way, words in PROOFS.items():
            self.expects.addItem(tr(words), way)
        for one in templates:
            item = _put(self.looked, pick(one.content.name))
            item.setData(Qt.ItemDataRole.UserRole, one.content.code)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
        for part, words in (
            (self.stops, tr("Stops of the route")),
            (self.looked, tr("Looked at")),
            (self.where, tr("Where")),
            (self.code_of, tr("Code of the tag here")),
            (self.expects, tr("Expected proof")),
        ):
            part.setAccessibleName(words)
        for part in (self.stops, self.looked):
            part.setMinimumHeight(HIGH)
        self.code_of.setMaxLength(64)
        left = QVBoxLayout()
        left.addWidget(QLabel(tr("Stops of the route")))
        left.addWidget(self.stops, 1)
        buttons = (
            (tr("Add a stop"), self._add_stop),
            (tr("Remove"), self._remove_stop),
            (tr("Up"), lambda: self._move(-1)),
            (tr("Down"), lambda: self._move(1)),
        )
        left.addLayout(self.row(*buttons))
        right = QVBoxLayout()
        form = QFormLayout()
        form.addRow(tr("Where"), self.where)
        form.addRow(tr("Code of the tag here"), self.code_of)
        form.addRow(tr("Expected proof"), self.expects)
        right.addLayout(form)
        right.addWidget(QLabel(tr("Looked at")))
        right.addWidget(self.looked, 1)
        both = QHBoxLayout()
        both.addLayout(left, 1)
        both.addLayout(right, 1)
        self.column.insertLayout(self.column.indexOf(self.wrong), both)
        self.stops.currentCellChanged.connect(lambda *_: self._show_stop())
        self.where.activated.connect(lambda _: self._changed())
        self.expects.activated.connect(lambda _: self._changed())
        self.code_of.textEdited.connect(lambda _: self._changed())
        self.looked.itemChanged.connect(lambda _: self._changed())

    # stops

    def _fill(self, at: int = 0) -> None:
        self._showing = True
        self.stops.setRowCount(0)
        for number, one in enumerate(self._stops):
            _put(self.stops, f"{number + 1} {pick(one.name)}")
        self._showing = False
        if self._stops:
            self.stops.setCurrentCell(max(0, min(at, len(self._stops) - 1)), 0)
        self._show_stop()

    def _show_stop(self) -> None:
        row = self.stops.currentRow()
        there = 0 <= row < len(self._stops) and not self._showing
        for part in (self.where, self.code_of, self.expects, self.looked):
            part.setEnabled(there)
        if not there:
            return
        one = self._stops[row]
        self._showing = True
        place = next((n for n in range(self.where.count()) if self.where.itemData(n) == (one.kind, one.ref)), -1)
        self.where.setCurrentIndex(place)
        self.code_of.setText(one.code)
        self.expects.setCurrentIndex(max(0, self.expects.findData(one.expects.value)))
        for item in self._templates():
            on = item.data(Qt.ItemDataRole.UserRole) in one.templates
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self._showing = False

    def _changed(self) -> None:
        """The chosen stop as it stands in the fields; one that is nowhere in the room keeps its place."""
        row = self.stops.currentRow()
        if self._showing or not 0 <= row < len(self._stops):
            return
        one = self._stops[row]
        on = [item for item in self._templates() if item.checkState() is Qt.CheckState.Checked]
        codes = tuple(str(item.data(Qt.ItemDataRole.UserRole)) for item in on)
        told: dict[str, object] = {"code": self.code_of.text().strip(), "expects": Expected(self.expects.currentData()), "templates": codes}
        place = self.where.currentData()
        if place is not None and tuple(place) != (one.kind, one.ref):
            told |= {"kind": place[0], "ref": place[1], "name": self._name_of(*place), "x": None, "y": None}
        self._stops[row] = one.model_copy(update=told)
        cell = self.stops.item(row, 0)
        if cell is not None:
            cell.setText(f"{row + 1} {pick(self._stops[row].name)}")

    def _templates(self) -> list[QTableWidgetItem]:
        return [item for n in range(self.looked.rowCount()) if (item := self.looked.item(n, 0)) is not None]

    def _name_of(self, kind: str, ref: str) -> Words:
        things = {"area": self._room.areas, "device": self._room.devices, "rack": self._room.racks}[kind]
        found = next(one for one in things if one.id == ref)  # type: ignore[attr-defined]
        return Words(zh=found.names.zh[:200] or ref, en=found.names.en[:200] or ref)

    def _add_stop(self) -> None:
        if not self.where.count():
            self.say(tr("The room has no area, device or rack."))
            return
        kind, ref = self.where.itemData(min(len(self._stops), self.where.count() - 1))
        name = self._name_of(kind, ref)
        id = new_id(ref, {one.id for one in self._stops}, "stop")
        bare = Stop(id=id, name=name, kind=kind, ref=ref, templates=("x",))
        self._stops.append(bare.model_copy(update={"templates": ()}))  # which is what is chosen next
        self._fill(len(self._stops) - 1)

    def _remove_stop(self) -> None:
        row = self.stops.currentRow()
        if 0 <= row < len(self._stops):
            del self._stops[row]
            self._fill(row)

    def _move(self, way: int) -> None:
        row = self.stops.currentRow()
        if 0 <= row < len(self._stops) and 0 <= row + way < len(self._stops):
            self._stops[row], self._stops[row + way] = self._stops[row + way], self._stops[row]
            self._fill(row + way)

    # what is sent

    def content(self) -> RouteContent:
        """What was filled in. Wrong."""
        if not self._stops:
            raise Wrong(tr("A route has at least one stop."))
        empty = next((one for one in self._stops if not one.templates), None)
        if empty is not None:
            raise Wrong(tr("Choose what is looked at: {stop}", stop=pick(empty.name)))
        name = Words(zh=self.zh.text().strip() or self.en.text().strip(), en=self.en.text().strip() or self.zh.text().strip())
        stops = tuple(Stop.model_validate(one.model_dump()) for one in self._stops)
        return RouteContent(code=self.code.text().strip(), name=name, kind=self.sort.currentData(), plan=self._plan_of(), stops=stops)

    def _plan_of(self) -> Plan | None:
        times, every, window, early, days = (edit.text().strip().replace("，", ",").replace("：", ":") for edit in self.plan_fields)
        if not times and not every:
            return None
        hours = figure_of(every, tr("or every (hours)"))
        told: dict[str, object] = {"post": self._plan.post} if self._plan is not None else {}
        if self._plan is not None and hours is not None:
            told |= {"begin": self._plan.begin, "end": self._plan.end}
        told["times"] = tuple(part.strip().zfill(5) for part in times.split(",") if part.strip())
        told["every"] = None if hours is None else int(hours)
        told["window"] = int(figure_of(window, tr("Time for it (minutes)")) or 60)
        told["early"] = int(figure_of(early, tr("May begin earlier (minutes)")) or 0)
        told["weekdays"] = tuple(int(part) for part in days.split(",") if part.strip().isdecimal())
        return Plan.model_validate(told)

    def act(self, content: TemplateContent | RouteContent, why: str) -> AnyAct:
        """Publish it."""
        assert isinstance(content, RouteContent)
        return PublishRoute(content=content, why=why)


def _list() -> QTableWidget:
    """Rows of words, one of which is chosen."""
    made = QTableWidget(0, 1)
    made.horizontalHeader().hide()
    made.horizontalHeader().setStretchLastSection(True)
    made.verticalHeader().hide()
    made.setShowGrid(False)
    made.setTabKeyNavigation(False)
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    return made


def _put(table: QTableWidget, text: str) -> QTableWidgetItem:
    row = table.rowCount()
    table.insertRow(row)
    item = QTableWidgetItem(text)
    item.setToolTip(text)
    table.setItem(row, 0, item)
    return item
