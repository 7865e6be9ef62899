"""Rounds of this console from their beginning to the station's answer: begun, kept as drafts, handed in by their own person, once.

Nothing is handed in by itself. What was handed in without an answer is frozen: handing it in again is the same round.
"""

import base64
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.attachments import AddAttachment
from cityops_desktop.link.duty.patrol import AbandonRound, Answer, BeginRound, PatrolSheet
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Outcome
from cityops_desktop.texts import pick, tr
from ui.actions.outcome import result_text
from ui.actions.patrol import give
from ui.drafts import Draft
from ui.pages.patrol.walk import Entry, Photo, Walk, WalkState

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

KIND = "patrol.submit"
SAVE_MS = 300
NO_STATION = ("no_station", "no_answer")
GONE = ("no_such_round", "patrol_not_open")


class Rounds(QObject):
    """One for the page. `ended`: a round was taken, with the station's answer."""

    ended = Signal(object, object)
    said = Signal(str)

    def __init__(self, acts: "Acts", link: "Link", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._acts, self._link, self._drafts = acts, link, acts.drafts
        self._walks: dict[str, Walk] = {}
        self._owner: dict[str, tuple[str, str]] = {}
        self._sending = ""
        self._then: Callable[[], None] | None = None
        self._edited: set[str] = set()
        self._timer = QTimer(self, interval=SAVE_MS, singleShot=True)
        self._timer.timeout.connect(self.save_now)
        self._drafts.changed.connect(self._look)

    # drafts

    def drafts(self) -> list[Draft]:
        """Those of this room, the newest first."""
        return self._drafts.all(KIND, self._room())

    def _room(self) -> str:
        room = self._link.model.room
        return room.domain if room is not None else ""

    def walk(self, id: str) -> Walk | None:
        """The round of a draft, as it was left; None = this program cannot read it."""
        if id not in self._walks:
            draft = self._drafts.draft(id)
            try:
                state = WalkState.model_validate(draft.body) if draft is not None else None
            except ValueError:
                state = None
            if draft is None or state is None:
                return None
            self._walks[id] = Walk(id, state)
            self._owner[id] = (draft.account, draft.person)
        return self._walks[id]

    def of_another(self, draft: Draft) -> bool:
        """Is it that of somebody else than the person here? Nobody is nobody else: a round does not go from the screen by a lock."""
        person = self._link.person
        return person is not None and person.id != draft.account

    def somebody(self) -> bool:
        """Is anybody logged in here?"""
        return self._link.person is not None

    def edited(self, walk: Walk) -> None:
        """It will be kept within a second."""
        self._edited.add(walk.id)
        if not self._timer.isActive():
            self._timer.start()

    def save_now(self) -> None:
        """Keep what was edited."""
        self._timer.stop()
        edited, self._edited = self._edited, set()
        for id in edited & self._walks.keys():
            self._save(self._walks[id])

    def _save(self, walk: Walk) -> None:
        state, now = walk.body(), self._link.model.now()
        account, person = self._owner[walk.id]
        before = self._drafts.draft(walk.id)
        title = pick(state.sheet.route.content.name)
        self._drafts.save(
            Draft(
                id=walk.id,
                kind=KIND,
                room=before.room if before is not None else self._room(),
                account=account,
                person=person,
                title=title,
                begun=state.begun,
                saved=now,
                body=state.model_dump(mode="json"),
                files=state.files,
            )
        )

    # begin

    def begin(self, sheet: PatrolSheet, due: int | None, then: Callable[[Walk], None]) -> None:
        """Walk it now, as the person here; without a station it is begun on this console alone."""
        if self._link.model.connected:
            self._acts.prepare(tr("Begin the round"), "patrol.begin", partial(self._begin_there, sheet, due, then))
        elif self._link.person is None:
            self.said.emit(tr("Nobody is logged in, and without the station nobody can. Write on the printed sheet."))
        else:
            then(self._make(sheet, due))

    def _begin_there(self, sheet: PatrolSheet, due: int | None, then: Callable[[Walk], None]) -> None:
        walk = self._make(sheet, due, keep=False)

        def came(result: CommandResult) -> None:
            if result.outcome is Outcome.REFUSED and result.code not in NO_STATION:
                self.said.emit(result_text(result))
                return
            walk.state.told = result.outcome is not Outcome.REFUSED
            self._save(walk)
            then(walk)

        act = BeginRound(id=walk.id, route=sheet.route.id, due=due)
        self._acts.carry_out(tr("Begin the round"), "patrol.begin", partial(give, act=act), came)

    def enter(self, sheet: PatrolSheet, due: int | None, begun: int, ended: int, walker: str, id: str) -> Walk:
        """A round that was written on paper, to be typed in by the person here."""
        return self._make(sheet, due, entry="paper", begun=begun, ended=ended, walker=walker, id=id)

    def _make(
        self,
        sheet: PatrolSheet,
        due: int | None,
        *,
        entry: Entry = "console",
        begun: int | None = None,
        ended: int | None = None,
        walker: str = "",
        id: str = "",
        keep: bool = True,
    ) -> Walk:
        now, person = self._link.model.now(), self._link.person
        state = WalkState(sheet=sheet, due=due, begun=now if begun is None else begun, ended=ended, entry=entry, walker=walker)
        walk = Walk(id or uuid7(now), state)
        self._walks[walk.id] = walk
        self._owner[walk.id] = (person.id, person.display) if person is not None else ("", "")
        if keep:
            self._save(walk)
        return walk

    # hand in

    @property
    def sending(self) -> str:
        """The draft that is on its way, "" = none."""
        return self._sending

    def submit(self, id: str) -> None:
        """Hand it in, as the person whose it is."""
        if not self._link.model.connected:
            self.said.emit(tr("The station cannot be reached. The round is kept here: hand it in when the station is back."))
        elif not self._sending:
            self._acts.prepare(tr("Hand in the round"), KIND, partial(self._submit, id))

    def _submit(self, id: str) -> None:
        walk, draft, person = self.walk(id), self._drafts.draft(id), self._link.person
        if walk is None or draft is None or person is None:
            return
        if person.id != draft.account:
            self.said.emit(tr("This is the round of {person}: nobody else hands it in.", person=draft.person))
            return
        if walk.done() < len(walk.places):
            self.said.emit(tr("{n} items are still open.", n=len(walk.places) - walk.done()))
            return
        if walk.state.sent is None:
            walk.state.sent = walk.round(self._link.model.now())
        self._sending = id
        self._save(walk)
        self._then = partial(self._send_photos, walk, list(_photos(walk)))
        self._look()

    def _look(self) -> None:
        """What is sent is first on the disk, if the disk takes it."""
        if self._then is not None and (self._drafts.is_kept(self._sending) or self._drafts.trouble):
            then, self._then = self._then, None
            then()

    def _send_photos(self, walk: Walk, left: list[Photo]) -> None:
        draft = self._drafts.draft(walk.id)
        if not left or draft is None:
            self._send(walk)
            return
        self._drafts.file(draft, left[0].id, lambda data: self._send_photo(walk, left, data))

    def _send_photo(self, walk: Walk, left: list[Photo], data: bytes | None) -> None:
        photo = left[0]
        if data is None:
            self._give_back(walk)
            _forget(walk, photo.id)
            self._save(walk)
            self.said.emit(tr("The picture {name} is not there any more and was taken out. Look at the round once more.", name=photo.name))
            return
        act = AddAttachment(id=photo.id, about=f"patrol:{walk.id}", name=photo.name[:120], content=base64.b64encode(data).decode())

        def came(result: CommandResult) -> None:
            if result.outcome is Outcome.DONE:
                self._send_photos(walk, left[1:])
            else:
                self._not_taken(walk, result)

        self._link.command(act, came)

    def _send(self, walk: Walk) -> None:
        assert walk.state.sent is not None
        action = partial(give, act=walk.state.sent)
        self._acts.carry_out(tr("Hand in the round"), KIND, action, partial(self._came, walk), asks=False)

    def _came(self, walk: Walk, result: CommandResult) -> None:
        if result.outcome is not Outcome.DONE:
            self._not_taken(walk, result)
            return
        self._sending = ""
        self._walks.pop(walk.id, None)
        self._drafts.drop(walk.id)
        self.ended.emit(walk, result)

    def _not_taken(self, walk: Walk, result: CommandResult) -> None:
        self._sending = ""
        if result.outcome is Outcome.REFUSED:
            self._give_back(walk)
            self._save(walk)
        words = result_text(result)
        self.said.emit(tr("Not handed in: {why}. The round is kept here.", why=words))

    def _give_back(self, walk: Walk) -> None:
        """The station has said no: it can be changed again."""
        self._sending = ""
        walk.state.sent = None

    # throw away

    def discard(self, id: str, why: str, then: Callable[[CommandResult], None]) -> None:
        """Not walked to its end; the station hears it where it knows of the round."""

        def came(result: CommandResult) -> None:
            if result.outcome is Outcome.DONE or result.code in GONE:
                self.drop(id)
            then(result)

        self._acts.carry_out(tr("Discard the draft"), "patrol.abandon", partial(give, act=AbandonRound(round=id, why=why)), came)

    def drop(self, id: str) -> None:
        """It goes from this console."""
        self._edited.discard(id)
        self._walks.pop(id, None)
        self._drafts.drop(id)


def _photos(walk: Walk) -> list[Photo]:
    used = {id for number in range(len(walk.places)) if (one := walk.answer(number)) is not None for id in one.photos}
    return [one for one in walk.state.photos if one.id in used]


def _forget(walk: Walk, photo: str) -> None:
    """A picture that cannot be read any more."""
    for number in range(len(walk.places)):
        one: Answer | None = walk.answer(number)
        if one is not None and photo in one.photos:
            walk.give(number, one.state, one.time, photos=[id for id in one.photos if id != photo])
    walk.state.photos = [one for one in walk.state.photos if one.id != photo]
    walk.state.files.pop(photo, None)
