"""Who is at this console."""

from cityops_desktop.link.people import NewPerson, Setup
from cityops_desktop.model.people import Preset
from ui.link import Link, OnResult


def login(link: Link, *, name: str, password: str, code: str = "", on_result: OnResult) -> None:
    """Log a person in at this console; `code` is that of the second factor, where the station asked for it."""
    link.log_in(name, password, on_result, code)


def come_back_by_pin(link: Link, *, account: str, pin: str, on_result: OnResult) -> None:
    """Somebody who logged in here before, by PIN."""
    link.quick_log_in(on_result, account=account, pin=pin)


def come_back_by_badge(link: Link, *, badge: str, on_result: OnResult) -> None:
    """Somebody who logged in here before, by the badge alone."""
    link.quick_log_in(on_result, badge=badge)


def logout(link: Link) -> None:
    """Nobody is logged in here any more."""
    link.log_out()


def first_administrator(link: Link, *, name: str, display: str, password: str, on_result: OnResult) -> None:
    """Make the one first account of an ordinary room; it has to log in afterwards like everybody."""
    link.set_up(Setup(administrator=NewPerson(name=name, display=display, password=password)), on_result)


def three_administrators(
    link: Link, *, administrator: NewPerson, security_administrator: NewPerson, auditor: NewPerson, on_result: OnResult
) -> None:
    """Make the first three accounts of a station of level 3: three different persons."""
    people = {"administrator": administrator, "security_administrator": security_administrator, "auditor": auditor}
    link.set_up(Setup(preset=Preset.MLPS3, **people), on_result)
