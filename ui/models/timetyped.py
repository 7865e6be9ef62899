"""A time that somebody types, in the room's zone. Pure; knows no widget."""

from datetime import datetime, timedelta, tzinfo

from ui.models.shown import moment

_SHAPES = (
    *(("%Y-%m-%d %H:%M:%S", "date"), ("%Y-%m-%d %H:%M", "date"), ("%Y-%m-%d %H", "date"), ("%Y-%m-%d", "date")),
    *(("%m-%d %H:%M:%S", "year"), ("%m-%d %H:%M", "year"), ("%m-%d", "year"), ("%H:%M:%S", "day"), ("%H:%M", "day")),
)


def time_typed(text: str, zone: tzinfo, now: int) -> int | None:
    """The time that somebody has typed, UTC ms: with a date, without its year, or of the last day only; None when it is no time."""
    here = moment(now, zone)
    text = " ".join(text.replace("/", "-").replace("T", " ").replace("：", ":").split())
    for shape, lacks in _SHAPES:
        whole = {"date": text, "year": f"{here.year}-{text}", "day": f"{here:%Y-%m-%d} {text}"}[lacks]
        full = {"date": shape, "year": f"%Y-{shape}", "day": f"%Y-%m-%d {shape}"}[lacks]
        try:
            then = datetime.strptime(whole, full)  # noqa: DTZ007  the room's own time, its zone is put on below
        except ValueError:
            continue
        if lacks != "date" and then > here.replace(tzinfo=None):
            then = then - timedelta(days=1) if lacks == "day" else _year_before(then)
        return round(then.replace(tzinfo=zone).timestamp() * 1000)
    return None


def _year_before(then: datetime) -> datetime:
    try:
        return then.replace(year=then.year - 1)
    except ValueError:  # 29 February
        return then.replace(year=then.year - 1, day=28)
