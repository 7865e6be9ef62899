"""The people on duty: roster, log book, patrol, work orders, tickets, cleaning, visits, handover, reports."""

revision = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    """Make the tables: one function an area."""
    _roster()
    _log_book()
    _patrol()
    _orders()
    _tickets()
    _housekeeping()
    _handover()
    _reports()


def _roster() -> None:
    """Whose turn it is: posts and their patterns, changes of the plan, who signed in, alertness checks."""


def _log_book() -> None:
    """What people write: entries, what is attached to them."""


def _patrol() -> None:
    """Templates, routes, rounds."""


def _orders() -> None:
    """Work orders and what was done about each."""


def _tickets() -> None:
    """Work and operation tickets, tags, rotation tests."""


def _housekeeping() -> None:
    """Cleaning, visits, goods, maintenance, contracts."""


def _handover() -> None:
    """Handovers, keys and tools and consumables."""


def _reports() -> None:
    """Reports, evaluations, questionnaires."""
