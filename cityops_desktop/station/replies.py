"""What comes back by SMS: it acknowledges the one alarm whose code it holds, from a number of the call list, within ten minutes.

That is weak proof (whoever holds the telephone, or forges its number, has it), so the record says "SMS" beside the name, and nothing
else can be done so: no shelf, no order, no shutdown. Whatever does not fit is refused and recorded.
"""

import asyncio
import hmac
import logging
import re
import secrets
import unicodedata
from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from sqlalchemy import Connection

from cityops_desktop.clock import Clock
from cityops_desktop.model.notify import By, Call, DeliveryState
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts, policy, rights
from cityops_desktop.people.people import People
from cityops_desktop.station.refusals import Refusals
from cityops_desktop.store import deliveries
from cityops_desktop.store.deliveries import Sent
from cityops_desktop.store.trouble import StoreError
from cityops_desktop.texts import N_, speaking, tr

log = logging.getLogger(__name__)

VALID_MS = 600_000
WRONG = 5
"""Replies without a good code in ten minutes from one number of the call list, however it is written, after which no code of it is
taken."""
KIND = "alarm.acknowledge"
WORDS = {
    "": N_("Acknowledged: {name} (SMS)"),
    "reply_old_code": N_("Not acknowledged: the code is older than 10 minutes."),
    "reply_wrong_code": N_("Not acknowledged: reply with the six digits of the message alone."),
    "no_right": N_("Not acknowledged: your account may not do that."),
}


class Sending(Protocol):
    """Whose messages are answered."""

    def out(self) -> Collection[Sent]:
        """Those that went out."""
        ...

    def receiver(self, sent: Sent) -> str:
        """The entry of the call list whose address it went to."""
        ...

    def answered(self, sent: Sent, actor: str) -> Sent:
        """This one was."""
        ...

    def answer(self, way: str, call: Call, text: str) -> None:
        """A word back."""
        ...


class Acknowledging(Protocol):
    """The station's desk."""

    async def acknowledge(self, alarms: Sequence[str], actor: str, actor_name: str, recheck: Callable[[Connection], None]) -> None:
        """Durable first, then true. Refused, StoreError."""
        ...


class Replies:
    """One for a run of the station; used from its loop."""

    def __init__(
        self, calls: Sequence[Call], sending: Sending, desk: Acknowledging, people: People, refusals: Refusals, clock: Clock, language: str
    ) -> None:
        self._calls, self._sending, self._desk, self._people = calls, sending, desk, people
        self._refusals, self._clock, self._language = refusals, clock, language
        self._wrong: dict[str, deque[float]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def received(self, way: str, number: str, text: str) -> None:
        """Somebody sent this to the modem."""
        calls = [call for call in self._calls if call.phone and same_number(call.phone, number)]
        if not calls:
            self._refuse("reply_unknown_number", way, number, None)
            return
        known = calls[0].id  # however the network, or a forger, writes the number
        if self._blocked(known):
            self._refuse("reply_blocked", way, number, calls[0])
            return
        code = unicodedata.normalize("NFKC", text).strip()
        found = self._found(calls, code)
        if isinstance(found, str):
            self._count(known)
            self._refuse(found, way, number, calls[0])
            self._answer(way, calls[0], found)
            return
        task = asyncio.get_running_loop().create_task(self._acknowledge(way, number, *found))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self, seconds: float) -> None:
        """Wait for what is on its way."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    def _found(self, calls: Sequence[Call], code: str) -> tuple[Call, Sent] | str:
        """The message with this code that this person got, or why not."""
        if not re.fullmatch(r"[0-9]{6}", code):
            return "reply_wrong_code"
        by_id = {call.id: call for call in calls}
        for sent in self._sending.out():
            receiver = self._sending.receiver(sent)
            if receiver in by_id and sent.by is By.SMS and sent.code and hmac.compare_digest(sent.code, code):
                if sent.state is DeliveryState.ACKNOWLEDGED:
                    return "reply_wrong_code"
                if sent.sent is None or not 0 <= self._clock.wall() - sent.sent <= VALID_MS:
                    return "reply_old_code"
                return by_id[receiver], sent
        return "reply_wrong_code"

    async def _acknowledge(self, way: str, number: str, call: Call, sent: Sent) -> None:
        now = self._clock.wall()
        try:
            found = await asyncio.to_thread(self._people.read, lambda conn: accounts.by_name(conn, call.account, self._people.domain, now))
            if found is None:
                raise Refused("no_right")
            actor, name = found.person.id, f"{found.person.display} (SMS)"

            def recheck(conn: Connection) -> None:
                still = accounts.by_id(conn, actor, self._people.domain, now)
                may = still is not None and accounts.usable(conn, still, now)
                if still is None or not may or not rights.allowed(KIND, still.person.roles, policy.preset(conn)):
                    raise Refused("no_right")
                over = sent.now(DeliveryState.ACKNOWLEDGED, ended=now, actor=actor)
                deliveries.put(conn, over, now, actor, {"way": way, "from": masked(number), "proof": "weak", "alarm": sent.alarms[0]})

            await self._desk.acknowledge([sent.alarms[0]], actor, name, recheck)
        except Refused as error:
            self._refuse(error.code, way, number, call)
            self._answer(way, call, error.code)
            return
        except StoreError as error:
            log.error("an acknowledge by SMS could not be recorded: %s", error)
            return
        self._sending.answered(sent, actor)
        self._answer(way, call, "", name=found.person.display)

    def _answer(self, way: str, call: Call, code: str, **params: object) -> None:
        words = WORDS.get(code)
        if words is not None:
            with speaking(self._language):
                self._sending.answer(way, call, tr(words, **params))

    def _refuse(self, code: str, way: str, number: str, call: Call | None) -> None:
        self._refusals.refused(code, kind=KIND, actor=f"sms:{call.id if call is not None else masked(number)}", console=f"notify:{way}")

    def _blocked(self, call: str) -> bool:
        wrong = self._wrong.get(call)
        while wrong and self._clock.monotonic() - wrong[0] > VALID_MS / 1000:
            wrong.popleft()
        return wrong is not None and len(wrong) >= WRONG

    def _count(self, call: str) -> None:
        self._wrong.setdefault(call, deque(maxlen=WRONG)).append(self._clock.monotonic())


def new_code() -> str:
    """Six digits that nobody can guess."""
    return f"{secrets.randbelow(1_000_000):06}"


def same_number(known: str, heard: str) -> bool:
    """Is this the number of the call list, with or without its country?"""
    one, other = (re.sub(r"\D", "", number).lstrip("0") for number in (known, heard))
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= 10 and long.endswith(short) and len(long) - len(short) <= 3)


def masked(number: str) -> str:
    """A number as it may stand in the record."""
    return number if len(number) < 7 else f"{number[:3]}…{number[-4:]}"
