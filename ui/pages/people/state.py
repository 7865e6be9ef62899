"""The state of an account: by word and by shape. Decides nothing that the station has not told."""

from datetime import tzinfo

from cityops_desktop.link.people import AbsenceInfo, AccountInfo
from cityops_desktop.texts import tr
from ui.widgets.peoplerows import when
from ui.widgets.sheet import Cell, Sign


def away_now(account: AccountInfo, now: int) -> AbsenceInfo | None:
    """The leave that this person is on."""
    return next((one for one in account.absences if one.begins <= now < one.ends), None)


def account_state(account: AccountInfo, now: int, zone: tzinfo) -> Cell:
    """What matters most first."""
    if not account.enabled:
        return Cell(tr("disabled"), Sign.DASH, dim=True)
    if account.expires is not None and account.expires <= now:
        return Cell(tr("expired {time}", time=when(account.expires, zone)[:10]), Sign.TRIANGLE, bold=True)
    if account.locked_until is not None and account.locked_until > now:
        return Cell(tr("locked until {time}", time=when(account.locked_until, zone)[11:]), Sign.BLOCK, bold=True)
    leave = away_now(account, now)
    if leave is not None:
        return Cell(tr("on leave until {time}", time=when(leave.ends, zone)[:10]), Sign.RING)
    if account.last_login is None:
        return Cell(tr("never logged in"), Sign.RING)
    return Cell(tr("active"), Sign.TICK)
