"""Why there is no sample of a point at a time, as far as the station's record tells. Pure; words only."""

from datetime import tzinfo

from cityops_desktop.link.trends import MarksPage
from cityops_desktop.texts import tr
from ui.models.shown import time_text

DELETED_MS = 86_400_000
"""The record began so much earlier than the oldest sample: older ones were there, and are not kept."""
NEAR_MS = 5000
"""Record and samples begin within so much of each other."""


def why_absent(page: MarksPage | None, key: str, start: int, end: int, zone: tzinfo) -> str:
    """Why nothing was recorded of this point from `start` to `end` (UTC ms); "" when the record does not say."""
    if page is None:
        return ""

    def told(time: int) -> str:
        return time_text(time, zone, page.oldest or time)

    meeting = [(min(end, one.end or end) - max(start, one.start), one) for one in page.pauses]
    overlap, pause = max(meeting, key=lambda pair: pair[0], default=(0, None))
    if pause is not None and overlap > 0:
        until = time_text(pause.end, zone, pause.start) if pause.end is not None else tr("now")
        since = time_text(pause.start, zone, start)
        if pause.why == "down":
            return tr("station was not running: {start} to {end}", start=since, end=until)
        return tr("recording was paused: {start} to {end}", start=since, end=until)
    if page.oldest is not None and start < page.oldest - NEAR_MS:
        if page.began is not None and page.began < page.oldest - DELETED_MS and end > page.began:
            return tr("not kept any more: the oldest sample is of {time}", time=_day(page.oldest, zone))
        return tr("nothing recorded before {time}", time=_day(page.oldest, zone))
    if key in page.firsts:
        first = page.firsts[key]
        if first is None:
            return tr("never recorded")
        if start < first - NEAR_MS:
            return tr("not in the room file then: recorded since {time}", time=_day(first, zone))
    return ""


def _day(time: int, zone: tzinfo) -> str:
    return time_text(time, zone, 0)
