"""The tab of tags 禁止合闸: what hangs, who hung it, and what was taken away. Gives acts; decides nothing."""

from typing import TYPE_CHECKING

from cityops_desktop.link.duty.tickets import HungTag, TagsPage
from cityops_desktop.texts import N_, tr
from ui.dialogs.ticketforms import TicketForms
from ui.models.places import target_name
from ui.models.shown import span_text
from ui.pages.orders.tab import DeskTab
from ui.widgets.sheet import Cell, Row, Sign

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link


class TagsTab(DeskTab[TagsPage]):
    """A tag that hangs is said in bold."""

    id = "tag"
    title = N_("Tags")
    path = "/api/v1/duty/tags"
    kind = TagsPage

    def __init__(self, acts: "Acts", link: "Link") -> None:
        super().__init__(acts, link, N_("Tags"))
        self.forms = TicketForms(acts)
        self.hang_button = self.add_button(N_("Hang a tag…"), "tag.hang", self._hang)
        self.remove_button = self.add_button(N_("Remove the tag…"), "tag.remove", self._remove, self._why)

    def chosen(self) -> HungTag | None:
        """The chosen tag."""
        found = self.sheet.chosen_id()
        return next((one for one in (*self.page.hanging, *self.page.removed) if one.id == found), None) if self.page else None

    def show_all(self) -> None:
        """Those that hang first."""
        page = self.page
        if page is None:
            return
        n = len(page.hanging)
        self.say(tr("Tags that hang: {n}. Nothing is written there, nor below.", n=n) if n else tr("No tag hangs."), bold=bool(n))
        titles = [tr("On"), tr("On the tag"), tr("Hung by"), tr("Hung at"), tr("State")]
        self.tell_rows(titles, [self._row(one) for one in (*page.hanging, *page.removed)], wide=1)
        self.choose()

    def choose(self) -> None:
        """The whole of the chosen one."""
        one = self.chosen()
        lines = []
        if one is not None:
            lines.append(f"{target_name(self.model, one.target)} ({one.target})")
            lines.append(tr("{time} hung by {name}: {text}", time=self.day(one.hung), name=one.actor_name, text=one.text))
            if one.removed is not None:
                lines.append(tr("{time} removed by {name}", time=self.day(one.removed), name=one.removed_name))
                lines += [tr("Reason: {why}", why=one.reason)] if one.reason else []
        self.tell_text("\n".join(lines) or self.nothing_chosen())

    def _row(self, one: HungTag) -> Row:
        over = one.removed is not None
        hangs = tr("hangs for {span}", span=span_text((self.model.now() - one.hung) / 1000))
        state = tr("removed {time}", time=self.day(one.removed)) if over else hangs
        sign = Sign.TICK if over else Sign.BLOCK
        cells = (
            Cell(target_name(self.model, one.target), bold=not over, dim=over),
            Cell(one.text, dim=over),
            Cell(one.actor_name, dim=over),
        )
        return Row(one.id, (*cells, Cell(self.day(one.hung), dim=over), Cell(state, sign, dim=over)))

    def _hang(self) -> None:
        self.acts.prepare(tr("Hang a tag"), "tag.hang", self.forms.hang)

    def _remove(self) -> None:
        one, session = self.chosen(), self.link.session
        if one is not None:
            self.forms.remove(one, session is not None and session.person.id == one.actor)

    def _why(self) -> str:
        one = self.chosen()
        return self.when(one is not None and one.removed is None, N_("it does not hang any more"))
