"""What every tab of the page People gets: all about people, and the account that is chosen. Asks nobody by itself."""

from datetime import UTC, date, datetime, tzinfo

from cityops_desktop.link.people import AccountInfo, PeoplePage
from cityops_desktop.texts import N_
from ui.models.shown import moment
from ui.widgets.sheettab import SheetTab

NOBODY_CHOSEN = N_("choose an account at the left first")
NO_ROW = N_("choose a row first")


class PeopleTab(SheetTab):
    """`show_all` repaints from what the station told."""

    title = ""
    people: PeoplePage | None = None
    account: AccountInfo | None = None
    zone: tzinfo = UTC

    def tell(self, people: PeoplePage, account: AccountInfo | None, zone: tzinfo) -> None:
        """The newest answer."""
        self.people, self.account, self.zone = people, account, zone
        self.show_all()
        self.look()

    def show_all(self) -> None:
        """Every word anew."""
        raise NotImplementedError

    def today(self) -> date:
        """The day in the room."""
        return moment(self.people.now, self.zone).date() if self.people else datetime.now(self.zone).date()
