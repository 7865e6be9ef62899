"""A roster in words: names of persons, turns of a day, holes, changes. Asks nobody; knows no widget."""

import calendar
import datetime
from datetime import tzinfo

from cityops_desktop.duty.roster import Sort
from cityops_desktop.link.duty.roster import ChangeInfo, HoleInfo, RosterPage, TurnInfo
from cityops_desktop.texts import N_, tr
from ui.models.shown import moment
from ui.pages.duty.monthboard import DayTold, Entry

SORTS = {Sort.LEAVE: N_("away"), Sort.SWAP: N_("swap"), Sort.STAND_IN: N_("stand-in")}


class Roster:
    """What the station told, for asking in words; `me` is the account of whoever is logged in, "" = nobody."""

    def __init__(self, page: RosterPage, zone: tzinfo, me: str) -> None:
        self.page, self._zone, self._me = page, zone, me
        self._names = {one.id: one.name for one in page.people}
        self._posts = {one.id: one.name for one in page.posts}

    def name(self, account: str) -> str:
        """Of a person."""
        return self._names.get(account, account)

    def post(self, id: str) -> str:
        """Of a post; "" for all."""
        return self._posts.get(id, id) if id else tr("all posts")

    def people(self, turn: TurnInfo) -> str:
        """Who has a turn, as it is after the changes."""
        found = []
        for place in turn.places:
            names = [self.name(one) if one else tr("nobody") for one in place.holders]
            found.append("→".join(names))
        return tr(", ").join(dict.fromkeys(found)) or tr("nobody")

    def covered(self, turn: TurnInfo) -> bool:
        """Has somebody all of it?"""
        return not any(hole.post == turn.post and hole.begin < turn.end and hole.end > turn.begin for hole in self.page.holes)

    def mine(self, turn: TurnInfo) -> bool:
        """Do I have it, or a part of it?"""
        return bool(self._me) and any(self._me in place.holders for place in turn.places)

    def times(self, begin: int, end: int) -> str:
        """Such as 08:00–20:00; the day of the end where it is another than the next."""
        first, last = moment(begin, self._zone), moment(end, self._zone)
        return f"{first:%H:%M}–{last:%H:%M}"

    def span(self, begin: int, end: int) -> str:
        """Such as 11-23 20:00–08:00, or with both days."""
        first, last = moment(begin, self._zone), moment(end, self._zone)
        near = end - begin <= 86_400_000
        return f"{first:%m-%d %H:%M}–{last:%H:%M}" if near else f"{first:%m-%d %H:%M}–{last:%m-%d %H:%M}"

    def entry(self, turn: TurnInfo) -> Entry:
        """A turn in the calendar."""
        people, crew = self.people(turn), f"{turn.crew} " if turn.crew else ""
        whole = self.covered(turn)
        what = people if whole or not turn.places else tr("{people} (not all of it)", people=people)
        what = tr("nobody") if not whole and not any(one for place in turn.places for one in place.holders) else what
        tip = f"{turn.name} {self.times(turn.begin, turn.end)} {crew}{what}"
        return Entry(f"{turn.sign} {what}", tip, hole=not whole, mine=self.mine(turn))

    def days(self, post: str, first: datetime.date) -> list[DayTold]:
        """The month that begins on this day, for the calendar."""
        count = calendar.monthrange(first.year, first.month)[1]
        turns: dict[datetime.date, list[TurnInfo]] = {}
        for turn in self.page.turns:
            if turn.post == post:
                turns.setdefault(moment(turn.begin, self._zone).date(), []).append(turn)
        days = [first + datetime.timedelta(days=n) for n in range(count)]
        return [DayTold(day, tuple(self.entry(turn) for turn in turns.get(day, ()))) for day in days]

    def hole(self, one: HoleInfo) -> tuple[str, str]:
        """When, and of what."""
        return self.span(one.begin, one.end), f"{self.post(one.post)} {one.name}".strip()

    def change(self, one: ChangeInfo) -> tuple[str, str, str]:
        """What kind, who, when."""
        who = self.name(one.account)
        when = self.span(one.begin, one.end)
        if one.sort is Sort.STAND_IN:
            who = f"{who} → {self.name(one.other)}"
        elif one.sort is Sort.SWAP:
            mine, other = moment(one.begin, self._zone), moment(one.other_begin, self._zone)
            who, when = tr("{name} with {other}", name=who, other=self.name(one.other)), f"{mine:%m-%d %H:%M} / {other:%m-%d %H:%M}"
        return tr(SORTS[one.sort]), who, when


def month_of(day: datetime.date, months: int) -> datetime.date:
    """The first day of the month so many months on."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return datetime.date(year, month + 1, 1)


def edges(first: datetime.date, zone: tzinfo) -> tuple[int, int]:
    """Begin and end of a month (UTC ms)."""
    days = (first, month_of(first, 1))
    begin, end = (round(datetime.datetime.combine(day, datetime.time(), zone).timestamp() * 1000) for day in days)
    return begin, end


def turns_of(page: RosterPage, post: str, account: str) -> list[TurnInfo]:
    """The turns of a post, of one person alone if one is named."""
    return [turn for turn in page.turns if turn.post == post and (not account or any(account in place.holders for place in turn.places))]
