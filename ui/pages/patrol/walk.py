"""A round while it is walked: what was found at each item, what proves each stop, what is still open. Knows no widget and no station.

All of it goes into a draft and comes back from there, without the station: the sheet of the route is in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from cityops_desktop.duty import patrolitems as rules
from cityops_desktop.duty.patrolcontent import STRENGTH, Expected, Item
from cityops_desktop.duty.patrolitems import Given, State, judged
from cityops_desktop.link.duty.patrol import Answer, Mark, NewIncident, PatrolSheet, SheetStop, SubmitRound

Entry = Literal["console", "paper"]


class Photo(BaseModel):
    """A picture that belongs to an answer: the id of its file in the drafts, and of the attachment that it becomes."""

    id: str
    name: str


class WalkState(BaseModel):
    """What a draft keeps of a round. `told`: the station knows that it was begun. `typed` is what stands in a field that was not taken
    yet. `times`: when the stops of a paper sheet were visited. `sent`: it was handed in and no answer came; nothing is changed any more,
    so that handing it in again is the same."""

    sheet: PatrolSheet
    due: int | None = None
    begun: int
    ended: int | None = None
    entry: Entry = "console"
    walker: str = ""
    way: Expected = Expected.DESK
    told: bool = False
    answers: list[Answer] = []
    marks: list[Mark] = []
    photos: list[Photo] = []
    files: dict[str, str] = {}
    times: dict[str, int] = {}
    typed: dict[str, str] = {}
    note: str = ""
    incident: NewIncident | None = None
    sent: SubmitRound | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """An item where it is looked at. `stop` counts from 0; `point` is what the station knows beside it, "" = nothing."""

    stop: int
    stop_id: str
    template: str
    part: int
    item: Item
    point: str

    @property
    def key(self) -> str:
        """Names it in the draft."""
        return f"{self.stop_id}/{self.template}/{self.item.id}"


class Walk:
    """One for a round. `id` is that of the draft and of the round that comes of it."""

    def __init__(self, id: str, state: WalkState) -> None:
        self.id = id
        self.state = state
        self.stops: list[SheetStop] = state.sheet.stops
        self.places = tuple(_places(self.stops))
        self._of_stop = [[n for n, one in enumerate(self.places) if one.stop == stop] for stop in range(len(self.stops))]
        self._answers = {f"{one.stop}/{one.template}/{one.item}": one for one in state.answers}
        self._marks = {one.stop: one for one in state.marks}

    @property
    def paper(self) -> bool:
        """Is it typed in later from a sheet of paper?"""
        return self.state.entry == "paper"

    # what is there

    def of_stop(self, stop: int) -> list[int]:
        """The items of a stop, by their number in `places`."""
        return self._of_stop[stop]

    def answer(self, number: int) -> Answer | None:
        """What was found; None = nobody has said yet."""
        return self._answers.get(self.places[number].key)

    def mark(self, stop: int) -> Mark | None:
        """What proves that somebody was there."""
        return self._marks.get(self.stops[stop].stop.id)

    def is_open(self, number: int) -> bool:
        """Does it still wait, for an answer or for the reason why there is none?"""
        one, place = self.answer(number), self.places[number]
        at = rules.Place(place.stop_id, place.template, place.item.id)
        return one is None or any(rules.faults([(at, place.item)], [(at, _given(one))]))

    def next_open(self, after: int, stop: int) -> int | None:
        """The next item of this stop that is open, from `after` on and then from the beginning."""
        numbers = self._of_stop[stop]
        later = [n for n in numbers if n > after] + [n for n in numbers if n <= after]
        return next((n for n in later if self.is_open(n)), None)

    def open_stop(self, after: int) -> int | None:
        """The next stop with something open, after this one and then from the beginning."""
        count = len(self.stops)
        later = [(after + 1 + n) % count for n in range(count)]
        return next((stop for stop in later if self.done_at(stop) < len(self._of_stop[stop])), None)

    def done_at(self, stop: int) -> int:
        """How many items of a stop are not open any more."""
        return sum(not self.is_open(n) for n in self._of_stop[stop])

    def done(self) -> int:
        """How many items are not open any more."""
        return sum(not self.is_open(n) for n in range(len(self.places)))

    def in_state(self, state: State) -> list[int]:
        """The items that were found so."""
        return [n for n in range(len(self.places)) if (one := self.answer(n)) is not None and one.state == state]

    def unproved(self) -> list[int]:
        """Stops whose proof is missing or weaker than the route expects."""
        return [n for n in range(len(self.stops)) if self.lacks(n)]

    def lacks(self, stop: int) -> bool:
        """Is the proof of this stop missing, or weaker than expected?"""
        expects, mark = self.stops[stop].stop.expects, self.mark(stop)
        return STRENGTH[mark.way if mark is not None else Expected.NONE] < STRENGTH[expects]

    def stop_of_code(self, code: str) -> int | None:
        """Whose tag says this?"""
        return next((n for n, one in enumerate(self.stops) if one.stop.code and one.stop.code == code), None)

    # what a person says

    def give(self, number: int, state: State, time: int, **more: object) -> None:
        """What was found at an item; what was said of it before is replaced, pictures and words stay unless given anew. Limits and words of
        a choice that say "not ok" are not overruled."""
        place, before = self.places[number], self.answer(number)
        told: dict[str, object] = {"photos": before.photos, "note": before.note, "text": before.text} if before is not None else {}
        if before is not None and state != "unchecked":
            told |= {"value": before.value, "choice": before.choice}
        if before is not None and state == "unchecked":
            told["why"] = before.why
        told |= more
        value, choice = told.get("value"), told.get("choice") or ""
        found = judged(place.item, value if isinstance(value, float) else None, str(choice))
        if state == "ok" and found == "not_ok":
            state = "not_ok"
        if state == "ok":
            told["note"] = ""
        told |= {"stop": place.stop_id, "template": place.template, "item": place.item.id, "state": state}
        self._answers[place.key] = Answer.model_validate(told | {"time": self._time(place.stop_id, time)})
        self.state.typed.pop(place.key, None)

    def write(self, number: int, text: str) -> None:
        """What is wrong, or why it was not checked."""
        one = self.answer(number)
        if one is not None:
            told = {"why": text} if one.state == "unchecked" else {"note": text}
            self._answers[self.places[number].key] = one.model_copy(update=told)

    def type(self, number: int, text: str) -> None:
        """What stands in the field and was not taken yet."""
        self.state.typed[self.places[number].key] = text

    def typed(self, number: int) -> str | None:
        """What stood in the field and was not taken yet; None = nothing was typed since."""
        return self.state.typed.get(self.places[number].key)

    def prove(self, stop: int, code: str, time: int) -> None:
        """The code of this stop came, in the way that this round's codes come."""
        at = None if self.state.way is Expected.WAND else self._time(self.stops[stop].stop.id, time)
        id = self.stops[stop].stop.id
        self._marks[id] = Mark(stop=id, way=self.state.way, code=code, time=at)

    def at_stop(self, stop: int, time: int) -> None:
        """When the stop of a paper sheet was visited: its answers and its proof have this time."""
        id = self.stops[stop].stop.id
        self.state.times[id] = time
        for number in self._of_stop[stop]:
            one = self.answer(number)
            if one is not None:
                self._answers[self.places[number].key] = one.model_copy(update={"time": time})
        proof = self._marks.get(id)
        if proof is not None and proof.time is not None:
            self._marks[id] = proof.model_copy(update={"time": time})

    def add_photo(self, number: int, photo: Photo, digest: str, time: int) -> None:
        """A picture of what is there; a picture that was asked for is there now."""
        one = self.answer(number)
        self.state.photos.append(photo)
        self.state.files[photo.id] = digest
        self.give(number, one.state if one is not None else "ok", time, photos=[*(one.photos if one is not None else []), photo.id])

    def photo_name(self, id: str) -> str:
        """What a picture is called."""
        return next((one.name for one in self.state.photos if one.id == id), id)

    # where it goes

    def body(self) -> WalkState:
        """All of it, for a draft."""
        answers = [one for place in self.places if (one := self._answers.get(place.key)) is not None]
        marks = [mark for stop in self.stops if (mark := self._marks.get(stop.stop.id)) is not None]
        return self.state.model_copy(update={"answers": answers, "marks": marks})

    def round(self, ended: int) -> SubmitRound:
        """The act, once nothing is open."""
        state = self.body()
        return SubmitRound(
            id=self.id,
            route=state.sheet.route.id,
            due=state.due,
            templates=state.sheet.templates,
            entry=state.entry,
            walker=state.walker,
            begun=state.begun,
            ended=state.ended or max(ended, state.begun),
            answers=state.answers,
            marks=state.marks,
            note=state.note,
            incident=state.incident,
        )

    def _time(self, stop: str, time: int) -> int:
        return self.state.times.get(stop, self.state.begun) if self.paper else max(time, self.state.begun)


def _given(one: Answer) -> Given:
    return Given(one.state, one.value, one.choice, one.text, one.note, one.why, len(one.photos))


def _places(stops: list[SheetStop]) -> Iterator[Place]:
    for number, stop in enumerate(stops):
        for part, one in enumerate(stop.parts):
            for told in one.items:
                yield Place(number, stop.stop.id, one.template, part, told.item, told.point)
