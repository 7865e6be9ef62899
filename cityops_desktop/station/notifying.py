"""Telling people who are not in the room: what is due (alarms/escalation.py) becomes messages, each with a receipt, by ways of its own.

A message is recorded before it goes out, and what became of it is recorded after: the next run of the station goes on from there. One
that was cut off while it went out goes out again as the same message: twice is a nuisance, never is a fire. A way that does not work is
one alarm, whatever it was to carry. Used from the station's event loop; ways live in threads of their own.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from cityops_desktop.acquire.report import BusReport, WireState
from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.alarms.escalation import OWN, Due, Escalation, Told
from cityops_desktop.alarms.outputs.output import Worker
from cityops_desktop.clock import Clock
from cityops_desktop.link.acts import NotifyTest
from cityops_desktop.link.messages import AlarmInfo, NamesInfo
from cityops_desktop.link.notify import CallInfo, WayInfo, WaysPage
from cityops_desktop.model.alarms import TESTS, Alarm, Cause
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.notify import BY, By, Call, Delivery, DeliveryState, Message, ModemSource, Signal, Way, WayKind, failed
from cityops_desktop.model.people import Outcome, Who
from cityops_desktop.model.points import Level
from cityops_desktop.model.readings import Quality, Reading, Reason
from cityops_desktop.model.readings import failed as unread
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.room.ways import SyslogPart
from cityops_desktop.station.acts.act import Acts, Begun, Ended
from cityops_desktop.station.info import alarm_info
from cityops_desktop.station.notify_secrets import Secrets
from cityops_desktop.station.replies import Replies, new_code
from cityops_desktop.station.waysout import make_output
from cityops_desktop.station.wording import Wording
from cityops_desktop.store import deliveries
from cityops_desktop.store.deliveries import Sent
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreError

log = logging.getLogger(__name__)

PAUSES = (5.0, 15.0, 60.0, 180.0, 300.0, 300.0)
"""Seconds until a message is tried again; after the last one it has failed."""
TEST_SECONDS = 90.0
"""That a test message may take: a long SMS, or a call that rings."""
PROBE_AGAIN = 300.0
"""Seconds between two looks at a way that does not work."""
MOST_GOING = 1000
STOPPING = 2.0
"""Seconds that what is being sent may take when the station stops."""
MOST_SYSLOG = 10_000
"""Lines that wait for a server that does not take them; then the oldest are given up."""
SYSLOG_AT_ONCE = 20
SYSLOG_AGAIN = 15.0
DAY_MS = 86_400_000
STANDS = {DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.UNANSWERED, DeliveryState.ACKNOWLEDGED, DeliveryState.FAILED}

Post = Callable[..., None]
"""Calls a function with arguments on the station's loop, from any thread."""
Stand = Callable[[str, Cause, Level, str, bool], None]


@dataclass(slots=True)
class _Going:
    """A message that is not out yet: when (monotonic) it is tried, whether it is being tried."""

    sent: Sent
    message: Message
    next: float
    busy: bool = False
    done: "asyncio.Future[Delivery] | None" = None


class StationNotifying:
    """One for a run of the station. `stand`: an alarm of ours has come or gone; `take`: readings of modems."""

    def __init__(
        self,
        room: Room,
        data: Path,
        book: AlarmBook,
        store: Store,
        clock: Clock,
        stand: Stand,
        post: Post,
        take: Callable[[BusReport], None],
    ) -> None:
        self._room, self._book, self._store, self._clock = room, book, store, clock
        self._stand, self._post, self._take = stand, post, take
        notify = room.notify
        self._ways = {way.id: way for way in notify.ways}
        self._calls = {call.id: call for call in notify.calls}
        self._secrets = Secrets(data)
        self._wording = Wording(room)
        self._escalation = Escalation(notify.calls, ZoneInfo(room.timezone))
        self._workers: dict[str, Worker] = {}
        self._going: dict[str, _Going] = {}
        self._unsent: dict[str, deque[Message]] = {way.id: deque(maxlen=MOST_SYSLOG) for way in notify.ways if way.kind is WayKind.SYSLOG}
        self._on_way = dict.fromkeys(self._unsent, 0)
        self._logged_last: dict[str, OrderedDict[str, tuple[object, ...]]] = {id: OrderedDict() for id in self._unsent}
        self._refs: dict[tuple[str, int], str] = {}
        self._out: dict[str, tuple[Sent, set[int]]] = {}
        self._troubles: dict[str, dict[str, str]] = {way: {} for way in self._ways}
        self._standing: dict[str, str] = {}
        self._tried: dict[str, int] = {}
        self._probe_next: dict[str, float] = {}
        self._signals: dict[str, Signal] = {}
        self._points = _modem_points(room)
        self._restored: Sequence[Sent] = ()
        self._waiting: Sequence[Sent] = ()
        self._uncovered: Mapping[str, int] = {}
        self._left: Sequence[Alarm] = ()
        self.on_duty: Callable[[str], Sequence[str]] = lambda post: ()
        """The log-in names of whoever is on duty on a post now, who is here first; the roster's."""
        self._receivers: dict[str, str] = {}
        """By message: the entry whose address it went to, where that is another than the one that was called."""
        self.replies: Replies | None = None
        """Who takes what comes back; set before `begin`."""

    # start and stop

    def load(self, alarms: Iterable[Alarm]) -> None:
        """What the former run left. StoreError. In a worker thread, before `begin`."""
        known = list(alarms)
        raised = {alarm.id: alarm.raised for alarm in known}
        self._restored = self._store.read(lambda conn: deliveries.since(conn, self._clock.wall() - DAY_MS, raised))
        self._waiting = self._store.read(deliveries.waiting)
        self._uncovered = self._store.read(lambda conn: deliveries.uncovered(conn, list(raised)))
        self._left = known

    def begin(self) -> None:
        """Go on where the former run stopped; the book has its alarms back."""
        wall, mono = self._clock.wall(), self._clock.monotonic()
        told = [
            Told(one.call, one.step, one.alarms, one.created) for one in self._restored if one.kind == deliveries.ALARM and _counts(one)
        ]
        self._escalation.restore(told, self._uncovered, self._left, wall, mono)
        for one in self._restored:
            self._remember(one)
        for way in self._ways.values():
            self._workers[way.id] = self._worker(way)
        for one in self._waiting:
            self._resume(one, mono)
        self._restored = self._waiting = self._left = ()
        for alarm in list(self._book.open()):
            way_id = alarm.key.removeprefix(OWN)
            if alarm.cause is Cause.NOTIFY_FAILED and alarm.standing and way_id in self._ways:
                self._standing[way_id] = alarm.detail
                self._troubles[way_id]["send"] = alarm.detail.partition(" ")[2]
            elif alarm.cause is Cause.NOTIFY_FAILED and alarm.standing:
                self._stand(alarm.key, alarm.cause, alarm.level, alarm.detail, False)

    def close(self) -> None:
        """Nothing more goes out; what waits is in the store. Blocks for a moment: in a worker thread."""
        for seconds in (0.0, STOPPING):
            for worker in self._workers.values():
                worker.stop(seconds)

    def _worker(self, way: Way) -> Worker:
        output = make_output(way, lambda: self._secrets.get(way.id), self._clock, self._post, self)
        return Worker(way.id, output)

    def _resume(self, one: Sent, mono: float) -> None:
        """A message that the former run did not get out."""
        call, alarms = self._calls.get(one.call), [alarm for alarm in map(self._book.find, one.alarms) if alarm is not None]
        if one.kind != deliveries.ALARM or call is None or one.way not in self._ways or not alarms:
            self._put(one.now(DeliveryState.DROPPED, ended=self._clock.wall(), why="restarted"))
            return
        self._go(one, call, alarms, mono)

    # once a second

    def tick(self, wall: int, mono: float) -> None:
        """What is due now."""
        for due in self._escalation.due(self._book.open(), wall, mono):
            self._tell(due, deliveries.ALARM, wall, mono)
        for going in [one for one in self._going.values() if not one.busy and one.next <= mono]:
            self._try(going)
        for id, unsent in self._unsent.items():
            self._send_syslog(id, unsent)
        for id, troubles in self._troubles.items():
            if troubles and mono >= self._probe_next.get(id, 0.0):
                self._probe_next[id] = mono + self._again(id)
                self._workers[id].probe(partial(self._post, self._probed, id))

    def told(self, news: Sequence[AlarmInfo]) -> None:
        """These alarms are other than before, and consoles know it: syslog servers are told, and people of what has ended."""
        if not self._ways:
            return
        ended = [alarm for info in news if not info.open and info.cause not in TESTS for alarm in [_alarm(info)]]
        mono = self._clock.monotonic()
        for due in self._escalation.ended(ended):
            self._tell(due, deliveries.ENDED, self._clock.wall(), mono)
        for id, unsent in self._unsent.items():
            options = self._ways[id].options
            assert isinstance(options, SyslogPart)
            least = Level[options.level.upper()]
            unsent.extend(self._line(info) for info in news if info.level <= least and info.cause not in TESTS and self._is_news(id, info))

    def _is_news(self, way: str, info: AlarmInfo) -> bool:
        """What a slow disk delayed is told twice to consoles: not recorded, then recorded."""
        told, state = self._logged_last[way], (info.state, info.hidden, info.level, info.detail, info.returned)
        if told.get(info.id) == state:
            return False
        told[info.id] = state
        told.move_to_end(info.id)
        while len(told) > MOST_SYSLOG:
            told.popitem(last=False)
        return True

    def _line(self, info: AlarmInfo) -> Message:
        alarm = _alarm(info)
        about = _about(info) | {"time": self._clock.wall()}
        return Message(info.id, By.POST, "", "", self._wording.sentence(alarm), info.level, (info.id,), about, self._room.origin)

    def _send_syslog(self, id: str, unsent: "deque[Message]") -> None:
        """At most so many at a time, in their order, and the same again until the server takes them."""
        if self._troubles[id] and self._clock.monotonic() < self._probe_next.get(id, 0.0):
            return
        while unsent and self._on_way[id] < SYSLOG_AT_ONCE:
            message = unsent.popleft()
            if not self._workers[id].send(message, partial(self._post, self._logged, id, message)):
                unsent.appendleft(message)
                return
            self._on_way[id] += 1

    def _logged(self, id: str, message: Message, delivery: Delivery) -> None:
        self._on_way[id] -= 1
        if not delivery.ok:
            self._unsent[id].append(message)
        self._how(id, "send", "" if delivery.ok else delivery.why)
        self._send_syslog(id, self._unsent[id])

    # messages

    def _tell(self, due: Due, kind: str, wall: int, mono: float) -> None:
        call, step, alarms = due.call, due.step, due.alarms
        account = self._receiver(call, step.by).account
        coded = kind == deliveries.ALARM and step.by is By.SMS and bool(account) and self._ways[step.way].kind is WayKind.MODEM
        code = new_code() if coded else None
        ids = tuple(alarm.id for alarm in alarms)
        sent = Sent(uuid7(wall), kind, call.id, step.key, step.way, step.by, int(alarms[0].level), ids, wall, code)
        self._go(sent, call, alarms, mono)
        self._put(sent)

    def _go(self, sent: Sent, call: Call, alarms: Sequence[Alarm], mono: float) -> None:
        subject, text = self._wording.alarms(alarms, sent.kind, sent.code)
        about = _about(alarm_info(alarms[0]))
        to = self._address(sent, call)
        message = Message(sent.id, sent.by, to, subject, text, sent.level, sent.alarms, about, self._room.origin)
        self._going[sent.id] = _Going(sent, message, mono)
        if len(self._going) > MOST_GOING:
            oldest = next(iter(self._going.values()))
            self._over(oldest, failed("too_many", final=True))

    def _receiver(self, call: Call, by: By) -> Call:
        """Of an entry that names a post: the entry of whoever is on duty there and can be reached so; else the entry itself."""
        entries = {one.account.casefold(): one for one in self._calls.values() if one.account and one.address(by)}
        found = (entries.get(login.casefold()) for login in (self.on_duty(call.duty) if call.duty else ()))
        return next((one for one in found if one is not None), call)

    def _address(self, sent: Sent, call: Call) -> str:
        receiver = self._receiver(call, sent.by)
        if receiver is not call:
            self._receivers[sent.id] = receiver.id
        return receiver.address(sent.by)

    def receiver(self, sent: Sent) -> str:
        """The entry of the call list whose address this message went to."""
        return self._receivers.get(sent.id, sent.call)

    def _try(self, going: _Going) -> None:
        if going.sent.kind == deliveries.ALARM and not self._wanted(going.sent):
            del self._going[going.sent.id]
            self._escalation.untold(Told(going.sent.call, going.sent.step, going.sent.alarms, going.sent.created))
            self._put(going.sent.now(DeliveryState.DROPPED, ended=self._clock.wall(), why="seen"))
            return
        going.busy = self._workers[going.sent.way].send(going.message, partial(self._post, self._done, going.sent.id))
        if not going.busy:
            going.next = self._clock.monotonic() + PAUSES[0]

    def _wanted(self, sent: Sent) -> bool:
        """Is any of these alarms still nobody's?"""
        found = [alarm for alarm in map(self._book.find, sent.alarms) if alarm is not None]
        return any(alarm.audible for alarm in found)

    def _done(self, id: str, delivery: Delivery) -> None:
        """A way has tried a message."""
        going = self._going.get(id)
        if going is None:
            return
        going.busy = False
        going.sent = going.sent.now(going.sent.state, tries=going.sent.tries + 1)
        test = going.sent.kind == deliveries.TEST
        if delivery.ok:
            self._how(going.sent.way, "send", "")
        elif not test and (delivery.final or going.sent.tries > 1):
            self._how(going.sent.way, "send", delivery.why)
        if delivery.ok or delivery.final or test or going.sent.tries > len(PAUSES):
            self._over(going, delivery)
        else:
            going.next = self._clock.monotonic() + PAUSES[going.sent.tries - 1]

    def _over(self, going: _Going, delivery: Delivery) -> None:
        now = self._clock.wall()
        self._going.pop(going.sent.id, None)
        ended = None if delivery.state is DeliveryState.SENT else now
        sent = going.sent.now(delivery.state, why=delivery.why, refs=delivery.refs, sent=now if delivery.ok else None, ended=ended)
        self._put(sent)
        self._remember(sent)
        if going.done is not None and not going.done.done():
            going.done.set_result(delivery)

    def _put(self, sent: Sent, actor: str = "station") -> None:
        now = self._clock.wall()
        try:
            to = self._receivers.get(sent.id)
            self._store.write_until_done(lambda conn: deliveries.put(conn, sent, now, actor, {"receiver": to} if to else None))
        except StoreError as error:  # told all the same
            log.error("a message is not in the store: %s", error)

    # what comes back

    def _remember(self, sent: Sent) -> None:
        """A message that went out, until nothing can come back any more."""
        now = self._clock.wall()
        if sent.sent is None or now - sent.sent > DAY_MS or sent.state not in STANDS:
            return
        self._out[sent.id] = (sent, set(sent.refs))
        for ref in sent.refs:
            self._refs[sent.way, ref] = sent.id
        for id in [id for id, (one, _) in self._out.items() if one.sent is not None and now - one.sent > DAY_MS]:
            del self._out[id]
            self._receivers.pop(id, None)

    def out(self) -> Collection[Sent]:
        """The messages of the last day that went out."""
        return [sent for sent, _ in self._out.values()]

    def answered(self, sent: Sent, actor: str) -> Sent:
        """The receiver of this message has acknowledged its alarm: as it is stored then (the caller does)."""
        over = sent.now(DeliveryState.ACKNOWLEDGED, ended=self._clock.wall(), actor=actor)
        self._out[sent.id] = (over, set())
        return over

    def report(self, way: str, ref: int, delivered: bool) -> None:
        """The network says what became of a part of an SMS."""
        id = self._refs.pop((way, ref), None)
        found = self._out.get(id or "")
        if found is None or found[0].state is not DeliveryState.SENT:
            return
        sent, missing = found
        missing.discard(ref)
        if delivered and missing:
            return
        state = DeliveryState.DELIVERED if delivered else DeliveryState.FAILED
        sent = sent.now(state, ended=self._clock.wall(), why="" if delivered else "not_delivered")
        self._out[sent.id] = (sent, missing)
        self._put(sent)

    def received(self, way: str, number: str, text: str) -> None:
        """A message came to a modem."""
        if self.replies is not None:
            self.replies.received(way, number, text)

    def answer(self, way: str, call: Call, text: str) -> None:
        """A word back to somebody who replied."""
        message = Message(uuid7(self._clock.wall()), By.SMS, call.phone, "", text, 0, origin=self._room.origin)
        self._workers[way].send(message, lambda delivery: log.info("answer to %s: %s %s", call.id, delivery.state, delivery.why))

    # how the ways do

    def signal(self, way: str) -> Signal | None:
        """What a modem said of its network last."""
        return self._signals.get(way)

    def heard(self, way: str, signal: Signal) -> None:
        """A modem has looked at its network."""
        self._signals[way] = signal
        self._how(way, "line", signal.why or ("" if signal.registered else "not_registered"))
        readings: dict[str, list[Reading]] = {}
        for bus, key, what in self._points.get(way, ()):
            readings.setdefault(bus, []).append(_reading(key, what, signal))
        for bus, told in readings.items():
            self._take(BusReport(bus, WireState.UP, tuple(told)))

    def _probed(self, id: str, delivery: Delivery) -> None:
        self._how(id, "send", "" if delivery.ok else delivery.why)

    def _how(self, id: str, part: str, why: str) -> None:
        """One alarm a way, whatever of it does not work."""
        self._tried[id] = self._clock.wall()
        troubles = self._troubles[id]
        if why:
            if not troubles:
                self._probe_next[id] = self._clock.monotonic() + self._again(id)
            troubles[part] = why
        else:
            troubles.pop(part, None)
        detail = f"{id} {next(iter(troubles.values()))}" if troubles else ""
        if bool(detail) is not (id in self._standing):
            self._stand(OWN + id, Cause.NOTIFY_FAILED, self._level(id), detail or self._standing.pop(id), bool(detail))
            if detail:
                self._standing[id] = detail

    def _again(self, id: str) -> float:
        return SYSLOG_AGAIN if id in self._unsent else PROBE_AGAIN

    def _level(self, id: str) -> Level:
        """Worse when it carries what is critical."""
        carries = any(step.way == id and step.level is Level.CRITICAL for call in self._calls.values() for step in call.steps)
        return Level.MAJOR if carries else Level.MINOR

    def ways(self) -> list[WayInfo]:
        """The ways and how each does."""
        try:
            secrets = set(self._secrets.names())
        except (OSError, ValueError):
            secrets = set()
        return [self._info(way, way.id in secrets) for way in self._ways.values()]

    def _info(self, way: Way, secret: bool) -> WayInfo:
        why = next(iter(self._troubles[way.id].values()), "")
        state = "failed" if why else "ready" if way.id in self._tried else "untried"
        return WayInfo(id=way.id, kind=way.kind, state=state, why=why, tried=self._tried.get(way.id), secret=secret)

    def page(self) -> WaysPage:
        """Ways and call list, without addresses."""
        calls = [
            CallInfo(
                id=call.id, names=NamesInfo(zh=call.names.zh, en=call.names.en), ways=list(dict.fromkeys(step.way for step in call.steps))
            )
            for call in self._calls.values()
        ]
        return WaysPage(ways=self.ways(), calls=calls)

    # tests

    def acts(self) -> Acts:
        """By kind."""
        return {"notify.test": self._test_act}

    async def probe(self, way: str) -> Delivery:
        """Would it work? Nobody is told anything; never raises."""
        done: asyncio.Future[Delivery] = asyncio.get_running_loop().create_future()
        if not self._workers[way].probe(partial(self._post, _resolve, done)):
            return failed("busy")
        found = await _within(done, 60.0)
        self._how(way, "send", "" if found.ok else found.why)
        return found

    async def test(self, way: str, call: str, by: str = "", actor: str = "station", name: str = "") -> Delivery:
        """A real message that says that it is a test. Refused: no_such_way, no_such_call, no_address."""
        sent = self._test_message(way, call, by, actor)
        self._put(sent, actor)
        return await self._carry_test(sent, name or actor)

    async def test_row(self, way: str, call: str, name: str) -> tuple[Sent, Delivery]:
        """The same for a self-test: the message, too, so that its receipt can be waited for. Refused."""
        sent = self._test_message(way, call, "", "station")
        self._put(sent)
        return sent, await self._carry_test(sent, name)

    def state_of(self, id: str) -> DeliveryState | None:
        """What became of a message that went out during the last day."""
        found = self._out.get(id)
        return None if found is None else found[0].state

    def reached(self, way: str) -> str | None:
        """The first entry of the call list that this way can reach, other than by ringing up."""
        for call in self._calls.values():
            if any(step.way == way and step.by is not By.CALL for step in call.steps):
                return call.id
        return None

    def _test_message(self, way: str, call: str, by: str, actor: str) -> Sent:
        chosen, receiver = self._ways.get(way), self._calls.get(call)
        if chosen is None or not BY[chosen.kind]:
            raise Refused("no_such_way", way=way)
        if receiver is None:
            raise Refused("no_such_call", call=call)
        how = By(by) if by else BY[chosen.kind][0]
        if how not in BY[chosen.kind]:
            raise Refused("no_such_way", way=way)
        if how is not By.POST and not receiver.address(how):
            raise Refused("no_address", call=call)
        now = self._clock.wall()
        return Sent(uuid7(now), deliveries.TEST, call, "", way, how, 0, (), now, actor=actor)

    async def _carry_test(self, sent: Sent, name: str) -> Delivery:
        subject, text = self._wording.test(name)
        address = self._address(sent, self._calls[sent.call])
        message = Message(sent.id, sent.by, address, subject, text, 0, origin=self._room.origin)
        done: asyncio.Future[Delivery] = asyncio.get_running_loop().create_future()
        self._going[sent.id] = going = _Going(sent, message, self._clock.monotonic(), done=done)
        self._try(going)
        if not going.busy:
            self._over(going, failed("busy"))
        return await _within(done, TEST_SECONDS)

    def _test_act(self, act: NotifyTest, who: Who) -> Begun:
        """See the act."""
        sent = self._test_message(act.way, act.call, act.by, who.person.id)

        def job(conn: Connection) -> None:
            deliveries.put(conn, sent, who.time, who.person.id, {"console": who.console})

        async def carry_out(_deadline: int) -> Ended:
            delivery = await self._carry_test(sent, who.person.display)
            if delivery.ok:
                return Ended(Outcome.DONE, data={"state": str(delivery.state)})
            return Ended(Outcome.FAILED, "notify_failed", {"way": sent.way, "why": delivery.why})

        return Begun(job, carry_out)


def _resolve(done: "asyncio.Future[Delivery]", delivery: Delivery) -> None:
    if not done.done():
        done.set_result(delivery)


async def _within(done: "asyncio.Future[Delivery]", seconds: float) -> Delivery:
    await asyncio.wait({done}, timeout=seconds)
    return done.result() if done.done() else failed("timeout")


def _counts(sent: Sent) -> bool:
    """Has this message been told, or will it be? One that was given up as the way failed is not told again by the same step."""
    return sent.state is not DeliveryState.DROPPED


def _modem_points(room: Room) -> dict[str, list[tuple[str, str, str]]]:
    """By way: bus, key and kind of the points that tell of its modem."""
    way_of = {bus.id: str(getattr(bus.options, "way", "")) for bus in room.buses}
    found: dict[str, list[tuple[str, str, str]]] = {}
    for device in room.devices:
        for point in device.points:
            if isinstance(point.source, ModemSource):
                found.setdefault(way_of[device.bus], []).append((device.bus, point.key, point.source.what))
    return found


def _reading(key: str, what: str, signal: Signal) -> Reading:
    if signal.why:
        return unread(key, signal.time, Reason.NO_ANSWER, signal.why)
    value = signal.dbm if what == "signal" else None if signal.registered is None else int(signal.registered)
    if value is None:
        return unread(key, signal.time, Reason.INVALID_VALUE)
    return Reading(key, value, signal.time, Quality.GOOD)


def _alarm(info: AlarmInfo) -> Alarm:
    return Alarm(**info.model_dump() | {"level": Level(info.level)})


def _about(info: AlarmInfo) -> dict[str, object]:
    """An alarm as machines read it."""
    told = info.model_dump(mode="json", exclude={"actor", "recorded"})
    return told | {"standing": info.standing}
