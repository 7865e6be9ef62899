"""Files of a roster: the month on paper, the turns of a post or a person for another program's calendar. Asks nobody."""

import datetime

from cityops_desktop.duty.calendarfile import Event, calendar
from cityops_desktop.reports.blocks import Report, Table
from cityops_desktop.texts import tr
from ui.models.shown import moment
from ui.pages.duty.monthboard import WEEKDAYS
from ui.pages.duty.rosterwords import Roster, turns_of


def calendar_file(roster: Roster, post: str, account: str, room: str, domain: str) -> bytes:
    """The turns of a post ("" account), or those of one person on it."""
    events = []
    for turn in turns_of(roster.page, post, account):
        people = roster.people(turn)
        title = f"{roster.post(post)}: {turn.name}" if account else f"{roster.post(post)}: {turn.name} {people}"
        text = "\n".join(filter(None, (room, turn.crew, people)))
        events.append(Event(f"{post}-{turn.begin}-{account or 'all'}@{domain}", turn.begin, turn.end, title, text))
    name = f"{roster.post(post)} {roster.name(account)}".strip() if account else roster.post(post)
    return calendar(f"{room} {name}".strip(), events, roster.page.now)


def month_report(roster: Roster, post: str, first: datetime.date, zone: datetime.tzinfo, demo: str) -> Report:
    """A month: a line a day, changes over the plan and holes below."""
    days = roster.days(post, first)
    columns = max((len(day.entries) for day in days), default=0) or 1
    rows = []
    for day in days:
        turns = [entry.tip for entry in day.entries]
        rows.append((f"{day.day:%m-%d} {tr(WEEKDAYS[day.day.weekday()])}", *turns, *([""] * (columns - len(turns)))))
    title = tr("{post}, {month}", post=roster.post(post), month=f"{first:%Y-%m}")
    head = (tr("Day"), *(tr("Turn {n}", n=n + 1) for n in range(columns)))
    table = Table(title, head, tuple(rows), (0.9, *([2.6] * columns)))
    changes = [(*roster.change(one), one.why, f"{one.actor_name} {moment(one.time, zone):%m-%d %H:%M}") for one in roster.page.changes]
    holes = [roster.hole(one) for one in roster.page.holes if one.post == post]
    blocks = [table]
    if changes:
        heads = (tr("Kind"), tr("Who"), tr("When"), tr("Reason"), tr("Written by"))
        blocks.append(Table(tr("Changes over the plan"), heads, tuple(changes), (0.8, 1.6, 2.2, 2.0, 1.6)))
    if holes:
        blocks.append(Table(tr("Times without anybody"), (tr("When"), tr("Post")), tuple(holes), (1.0, 1.0)))
    return Report(title, demo, tuple(blocks))
