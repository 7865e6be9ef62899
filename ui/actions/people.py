"""Who is at this console."""

from cityops_desktop.link.messages import FirstAdministrator
from ui.link import Link, OnResult


def login(link: Link, *, name: str, password: str, on_result: OnResult) -> None:
    """Log a person in at this console."""
    link.log_in(name, password, on_result)


def logout(link: Link) -> None:
    """Nobody is logged in here any more."""
    link.log_out()


def first_administrator(link: Link, *, name: str, display: str, password: str, on_result: OnResult) -> None:
    """Make the first account of a new station; it has to log in afterwards like everybody."""
    link.first_administrator(FirstAdministrator(name=name, display=display, password=password), on_result)
