"""What areas of duty tell (link/duty/sheet.py) as words and tables of the language in force, for paper and screen. Decides nothing."""

from datetime import datetime, tzinfo

from cityops_desktop.link.duty.sheet import Param, SheetRow, SheetSection
from cityops_desktop.reports.blocks import Table
from cityops_desktop.texts import language, tr

NONE = "—"
TIME = "_at"
CHINESE = "_zh"


def sentence(row: SheetRow, zone: tzinfo) -> str:
    """The row in words: `x_at` is a local time, and where `x_zh` stands beside `x` it is said in Chinese."""
    chinese = language() == "zh_CN"
    said: dict[str, str] = {}
    for name, value in row.params.items():
        if name.endswith(CHINESE) and name.removesuffix(CHINESE) in row.params:
            continue
        other = row.params.get(f"{name}{CHINESE}") if chinese else None
        said[name] = _said(name, value if other is None else other, zone)
    text = tr(row.words)
    return text.format(**said) if said else text


def table(section: SheetSection, zone: tzinfo, most: int = 1000, more: int = 0) -> Table:
    """The whole section: when, and what; `more` = rows that were left out before. No rows = nothing to tell, which is said as well."""
    rows = [(moment(row.time, zone), sentence(row, zone)) for row in section.rows[:most]]
    left = max(0, len(section.rows) - most) + more
    if left:
        rows.append(("", tr("and {n} more", n=left)))
    return Table(tr(section.title), (tr("Time"), tr("What it says")), tuple(rows or [("", tr("nothing to tell"))]), (1.0, 5.0))


def moment(ms: int | None, zone: tzinfo) -> str:
    """Day and time to the minute."""
    return "" if ms is None else f"{datetime.fromtimestamp(ms / 1000, zone):%Y-%m-%d %H:%M}"


def _said(name: str, value: Param, zone: tzinfo) -> str:
    if value is None:
        return NONE
    if name.endswith(TIME) and isinstance(value, int | float):
        return moment(round(value), zone)
    return f"{value:g}" if isinstance(value, float) else str(value)
