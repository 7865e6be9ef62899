"""Configuration: its versions, what differs between them, what people changed at run time, and the review of a new one. Shows what the
station tells; what takes effect it decides."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.link import config as messages
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.config import Draft, Review
from cityops_desktop.model.people import Outcome
from cityops_desktop.texts import tr
from ui import theme
from ui.actions import config as actions
from ui.actions.outcome import result_text
from ui.models.asking import Asking
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.pages.config.files import Collection
from ui.pages.config.limittabs import LimitsTab, OverridesTab
from ui.pages.config.review import ReviewScreen
from ui.pages.config.words import LIMIT, count_text, difference_rows, version_row, when_text
from ui.pages.page import Page
from ui.widgets.elided import ElidedLine
from ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

LIST = 490
REVIEW_MS = 130_000
"""The station reads and compares two rooms in a process of its own; it gives up after two minutes."""
UNREACHABLE = ("no_station", "no_answer", "busy")
CLOSED, SHOWN, REVIEW = range(3)


class ConfigPage(Page):
    """What was told goes from the screen when nobody is logged in who may see it."""

    def __init__(self, model: RoomModel, link: "Link", acts: "Acts") -> None:
        super().__init__(model, link)
        self._acts = acts
        self.config: messages.ConfigPage | None = None
        self._compared: tuple[int, int] | None = None
        self._difference: Review | None = None
        self._number = 0
        self._act: partial[None] | None = None
        self._why_not_kind = ""
        self._collecting: Collection | None = None
        self._wanted_limit = ""
        self.title = ElidedLine(size=theme.TITLE, bold=True)
        self.notice = QLabel()
        self.notice.setWordWrap(True)
        self.review_file = QPushButton()
        self.list = Sheet("versions")
        self.with_label, self.other = QLabel(), QComboBox()
        self.back = QPushButton()
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.differences = Sheet("differences")
        self.overrides, self.limits = OverridesTab(acts, model), LimitsTab(acts, model)
        self.tabs = QTabWidget()
        self.reviewing = ReviewScreen(model)
        self.refused, self.login = QLabel(), QPushButton()
        self.sides = QStackedWidget()
        self._lay_out()
        self.setFocusProxy(self.list)
        self.list.chosen.connect(self._version_chosen)
        self.other.currentIndexChanged.connect(lambda _: self._compare())
        self.back.clicked.connect(self._begin_rollback)
        self.review_file.clicked.connect(self._choose_file)
        self.tabs.currentChanged.connect(lambda _: self._show_tab())
        self.reviewing.left.connect(self._leave_review)
        self.reviewing.wanted.connect(self._carry_out)
        self.login.clicked.connect(lambda: self._acts.ask_login(tr("Log in to see the configuration.")))
        link.sessionChanged.connect(self.reviewing.look)
        model.replaced.connect(self._show_tab)
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self._find)
        self._asking = Asking(link, acts, "/api/v1/config", "config.read", messages.ConfigPage, self, self._answered)
        self.limits.sent.connect(self._asking.ask)
        self.overrides.sent.connect(self._asking.ask)
        self.retranslate()

    # the look

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.review_file)
        row = QHBoxLayout()
        row.addWidget(self.with_label)
        row.addWidget(self.other)
        row.addStretch(1)
        row.addWidget(self.back)
        self.other.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.other.setMaximumWidth(260)
        compare = QWidget()
        column = QVBoxLayout(compare)
        column.setContentsMargins(8, 8, 8, 8)
        column.addLayout(row)
        column.addWidget(self.summary)
        column.addWidget(self.differences, 1)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setUsesScrollButtons(False)
        for widget in (compare, self.overrides, self.limits):
            self.tabs.addTab(widget, "")
        self.list.setFixedWidth(LIST)
        body = QHBoxLayout()
        body.addWidget(self.list)
        body.addWidget(self.tabs, 1)
        shown = QWidget()
        whole = QVBoxLayout(shown)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addLayout(head)
        whole.addWidget(self.notice)
        whole.addLayout(body, 1)
        closed = QWidget()
        centre = QVBoxLayout(closed)
        self.refused.setWordWrap(True)
        self.refused.setAlignment(Qt.AlignmentFlag.AlignCenter)
        centre.addStretch(1)
        centre.addWidget(self.refused)
        centre.addWidget(self.login, 0, Qt.AlignmentFlag.AlignCenter)
        centre.addStretch(2)
        for widget in (closed, shown, self.reviewing):
            self.sides.addWidget(widget)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, 10, 12, 12)
        outer.addWidget(self.sides)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.review_file.setText(tr("Review a file…"))
        self.with_label.setText(tr("Compared with"))
        self.other.setAccessibleName(tr("Compared with"))
        self.back.setText(tr("Roll back to this version…"))
        self.limits.retranslate()
        self.login.setText(tr("Log in"))
        self.tabs.setAccessibleName(tr("About the configuration"))
        self.tabs.tabBar().setAccessibleName(tr("About the configuration"))
        self.reviewing.retranslate()
        if self.config is None:
            self._show_refusal("not_logged_in" if self._link.session is None else "")
        self._show_all()

    # what the station tells

    def _answered(self, told: messages.ConfigPage | CommandResult) -> None:
        if isinstance(told, messages.ConfigPage):
            changed = self.config is None or self.config.current != told.current
            self.config = told
            if self.sides.currentIndex() == CLOSED:
                self.sides.setCurrentIndex(SHOWN)
            self._show_all()
            if changed or not self.list.chosen_id():
                self.list.choose(str(told.current))
            self._show_wanted()
        elif told.code in UNREACHABLE and self.config is not None:
            self._show_all()
        else:
            self.config = self._difference = self._compared = None
            self._show_refusal(told.code, told)

    def show_limit(self, key: str) -> None:
        """This limit ("point#limit"), as soon as the configuration is known."""
        self._wanted_limit = f"{LIMIT}{key}"
        self._show_wanted()

    def _show_wanted(self) -> None:
        if self._wanted_limit and self.config is not None and self.sides.currentIndex() != REVIEW:
            id, self._wanted_limit = self._wanted_limit, ""
            self.tabs.setCurrentWidget(self.limits)
            self._show_tab()
            self.limits.show_limit(id)

    def _show_refusal(self, code: str, told: CommandResult | None = None) -> None:
        self.list.tell(["", "", "", "", ""], [])
        words = tr("Nobody is logged in.") if code == "not_logged_in" else result_text(told) if told is not None else ""
        who = tr(
            "Everybody but viewers may see the configuration; engineer and administrator apply files, shift leader and engineer limits."
        )
        self.refused.setText(f"{words}\n\n{who}".strip())
        self.login.setVisible(self._link.session is None)
        self.sides.setCurrentIndex(CLOSED)

    def _show_all(self) -> None:
        config = self.config
        if config is None:
            return
        zone, now = self._model.zone, self._model.now()
        current = next((one for one in config.versions if one.number == config.current), None)
        since = time_text(current.time, zone, now) if current is not None else ""
        self.title.set_text(tr("Configuration {number} is in force since {since}", number=config.current, since=since))
        old = tr("No station: what is shown here is old") if not self._model.connected else ""
        differs = tr("The file {path} is not what is in force: review it.", path=config.path) if config.file_differs else ""
        self.notice.setText(old or differs)
        self.notice.setVisible(bool(old or differs))
        why = self._acts.why_not("config.draft")
        self.review_file.setEnabled(not why)
        self.review_file.setToolTip(why)
        titles = [tr("Version"), tr("What"), tr("Who"), tr("When"), tr("Why")]
        rows = [version_row(one, config.current, when_text(one.time, zone, now)) for one in config.versions]
        self.list.tell(titles, rows, wide=4, most=108)
        self.list.describe(tr("Versions"))
        self._fill_others()
        for number, words in enumerate((tr("Differences"), tr("Changed at run time ({n})", n=len(config.overrides)), tr("Limits"))):
            self.tabs.setTabText(number, words)
        self._show_tab()

    def _show_tab(self) -> None:
        if self.config is None or not self.isVisible():
            return
        showing = (self._show_difference, partial(self.overrides.tell, self.config), partial(self.limits.tell, self.config))
        showing[self.tabs.currentIndex()]()

    # differences

    def _version(self) -> int | None:
        chosen = self.list.chosen_id()
        return int(chosen) if chosen else None

    def _fill_others(self) -> None:
        config = self.config
        choices = (
            [(tr("the version before"), 0), *((tr("version {n}", n=one.number), one.number) for one in config.versions if config)]
            if config
            else []
        )
        if [self.other.itemText(n) for n in range(self.other.count())] != [words for words, _ in choices]:
            kept = self.other.currentData()
            self.other.blockSignals(True)
            self.other.clear()
            for words, number in choices:
                self.other.addItem(words, number)
            self.other.setCurrentIndex(max(0, self.other.findData(kept)))
            self.other.blockSignals(False)

    def _version_chosen(self) -> None:
        if self._version() is not None:
            self._compare()

    def _compare(self) -> None:
        """Ask what differs between the chosen version and the one to compare with."""
        version, config = self._version(), self.config
        if version is None or config is None:
            return
        info = next((one for one in config.versions if one.number == version), None)
        other = self.other.currentData() or (info.base if info is not None and info.base is not None else 0)
        if self._compared == (version, other) and self._difference is not None:
            self._show_difference()
            return
        self._compared, self._difference = (version, other), None
        self._show_difference()
        if not other or other == version:
            return
        self._number += 1
        number = self._number

        def came(answer: Review | CommandResult) -> None:
            if number != self._number:
                return
            if isinstance(answer, Review):
                self._difference = answer
                self._show_difference()
            else:
                self._compared = None
                self.summary.setText(result_text(answer))

        self._link.ask(f"/api/v1/config/versions/{version}/diff", Review, came, {"with": other}, wait_ms=REVIEW_MS)

    def _show_difference(self) -> None:
        config, version = self.config, self._version()
        if config is None:
            return
        why = self._acts.why_not("config.rollback")
        why = why or (
            tr("choose a version first") if version is None else tr("this version is in force") if version == config.current else ""
        )
        self.back.setEnabled(not why)
        self.back.setToolTip(why)
        other = self._compared[1] if self._compared is not None else 0
        found = self._difference
        if version is None:
            words = tr("Choose a version at the left.")
        elif not other:
            words = tr("Version {n} is the first one.", n=version)
        elif other == version:
            words = tr("A version does not differ from itself.")
        elif found is None:
            words = tr("Version {n} against version {m}: being compared…", n=version, m=other)
        else:
            words = tr("Version {n} against version {m}: {counts}", n=version, m=other, counts=count_text(found.counts))
        self.summary.setText(words)
        rows = difference_rows(found.differences, self._model) if found is not None else []
        self.differences.tell([tr("Thing"), tr("Before"), tr("After")], rows, wide=0, most=170)
        self.differences.describe(tr("Differences"))

    # rolling back, applying

    def _begin_rollback(self) -> None:
        """Show first what it would change."""
        version, config = self._version(), self.config
        if version is None or config is None:
            return
        base = config.current
        self.back.setEnabled(False)

        def came(answer: Review | CommandResult) -> None:
            self._show_difference()
            if isinstance(answer, Review):
                words = partial(_rollback_words, version)
                self._open_review(answer, words, "config.rollback", partial(self._roll_back, version, base))
            else:
                self._acts.said.emit(result_text(answer), False)

        self._link.ask(f"/api/v1/config/versions/{version}/diff", Review, came, {"with": base}, wait_ms=REVIEW_MS)

    def _choose_file(self) -> None:
        start = self.config.path if self.config is not None else ""
        dialog = QFileDialog(self, tr("Room file to review"), str(Path(start).parent) if start else "", tr("Room file (*.yaml *.yml)"))
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.review(Path(path)))
        self._acts.show(dialog)

    def review(self, room_file: Path) -> None:
        """Have this file and what lies beside it reviewed."""
        self.review_file.setEnabled(False)
        self._acts.said.emit(tr("Review of {file}: reading…", file=room_file.name), True)
        collecting = self._collecting = Collection(room_file, self)
        collecting.collected.connect(lambda files: self._send_draft(room_file, files))
        collecting.failed.connect(self._unread)
        collecting.begin()

    def _unread(self, why: str) -> None:
        self._collecting = None
        self._show_all()
        self._acts.said.emit(tr("The file cannot be read: {why}", why=why), False)

    def _send_draft(self, room_file: Path, files: dict[str, str]) -> None:
        self._collecting = None
        self._acts.said.emit(tr("Review of {file}: the station reads and compares…", file=room_file.name), True)

        def came(answer: Review | CommandResult) -> None:
            self._show_all()
            if isinstance(answer, Review):
                self._acts.said.emit(tr("Review of {file}: read it before it takes effect", file=room_file.name), True)
                self._open_review(answer, partial(_apply_words, str(room_file)), "config.apply", partial(self._apply, answer))
            else:
                self._acts.said.emit(tr("Review of {file}: {result}", file=room_file.name, result=result_text(answer)), False)

        self._link.put("/api/v1/config/draft", Draft(files=files), Review, came, wait_ms=REVIEW_MS)

    def _open_review(self, review: Review, words: "partial[tuple[str, str]]", kind: str, act: "partial[None]") -> None:
        self._act, self._why_not_kind = act, kind
        self.sides.setCurrentIndex(REVIEW)
        self.reviewing.tell(review, words, lambda: self._acts.why_not(self._why_not_kind))

    def _leave_review(self) -> None:
        self._act = None
        self.sides.setCurrentIndex(SHOWN if self.config is not None else CLOSED)
        self.list.setFocus()

    def _carry_out(self, why: str) -> None:
        if self._act is not None and why:
            self.reviewing.apply.setEnabled(False)
            self._act(why)

    def _apply(self, review: Review, why: str) -> None:
        action = partial(actions.apply, digest=review.digest, base=review.base, why=why)
        self._acts.carry_out(tr("Apply the configuration"), "config.apply", action, self._applied, asks=False)

    def _roll_back(self, number: int, base: int, why: str) -> None:
        action = partial(actions.roll_back, number=number, base=base, why=why)
        self._acts.carry_out(tr("Roll back to version {n}", n=number), "config.rollback", action, self._applied, asks=False)

    def _applied(self, result: CommandResult) -> None:
        if result.outcome is Outcome.DONE:
            self._leave_review()
        else:
            self.reviewing.say(result_text(result))
            self.reviewing.look()

    def _find(self) -> None:
        self.tabs.setCurrentIndex(2)
        self.limits.search.setFocus()
        self.limits.search.selectAll()


def _apply_words(path: str) -> tuple[str, str]:
    return tr("Review of {file}: nothing has changed yet", file=path), tr("Apply this configuration")


def _rollback_words(number: int) -> tuple[str, str]:
    return tr("Back to version {n}: nothing has changed yet", n=number), tr("Roll back to version {n}", n=number)
