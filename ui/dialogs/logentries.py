"""The one way to a new entry of the log book, from every page and by one key. Keeps the sorts of entries as the station told them last.

Without a station an entry can be begun as well: what is typed is kept as a draft of this console, and sent by its person later.
"""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.logbook import LogEntryInfo, TemplateInfo, TemplatesPage
from cityops_desktop.link.messages import NamesInfo
from cityops_desktop.texts import tr
from ui.drafts import Draft
from ui.models.logcontext import LogContext

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

KIND = "logbook.write"
PATH = "/api/v1/duty/log/templates"
PLAIN = TemplateInfo(id="note", names=NamesInfo(zh="值班记事", en="Duty note"), text=NamesInfo(zh="", en=""), fields=[])
"""Where the station has told of none yet."""


class LogEntries(QObject):
    """One for the window."""

    def __init__(self, link: "Link", acts: "Acts") -> None:
        super().__init__(acts)
        self._link, self._acts = link, acts
        self.templates: list[TemplateInfo] = [PLAIN]
        self.faulty: list[str] = []

    def open(self, context: LogContext, corrects: LogEntryInfo | None = None, template: str = "") -> None:
        """Ask for an entry about this; for a log-in first, where nobody is there."""
        self._acts.drafts.read()
        if self._link.model.connected:
            words = tr("Log entry")
            self._acts.prepare(words, KIND, partial(self._begin, context, corrects, template))
        else:
            self._show(context, corrects, template)

    def drafts(self) -> list[Draft]:
        """Entries that the person here began and did not send, the newest first."""
        room, session = self._link.model.room, self._link.session
        mine = ("", session.person.id if session is not None else "")
        return [one for one in self._acts.drafts.all(KIND, room.id if room is not None else "") if one.account in mine]

    def _begin(self, context: LogContext, corrects: LogEntryInfo | None, template: str) -> None:
        def came(answer: TemplatesPage | CommandResult) -> None:
            if isinstance(answer, TemplatesPage) and answer.templates:
                self.templates, self.faulty = answer.templates, answer.faulty
            self._show(context, corrects, template)

        self._acts.ask(PATH, TemplatesPage, came)

    def _show(self, context: LogContext, corrects: LogEntryInfo | None, template: str) -> None:
        from ui.dialogs.logentry import LogEntryDialog

        dialog = LogEntryDialog(self._link, self._acts, self.templates, context, self.drafts, corrects=corrects)
        if template:
            dialog.choose(template)
        self._acts.show(dialog)
