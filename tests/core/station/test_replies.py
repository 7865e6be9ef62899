"""Replies by SMS, on a real store and desk: what acknowledges, and everything that does not, each refused and recorded."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import select

from cityops_desktop.audit.verify import verify
from cityops_desktop.model.alarms import Alarm
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.notify import By, Call, DeliveryState, Step
from cityops_desktop.model.people import Preset, Role
from cityops_desktop.model.points import Level, Names
from cityops_desktop.people import accounts
from cityops_desktop.people.first import Newcomer
from cityops_desktop.station.replies import WRONG, Replies, masked, same_number
from cityops_desktop.store.deliveries import Sent
from cityops_desktop.store.schema import account, change
from tests.core.station.test_desk import PASSWORD, Place, place  # noqa: F401

NUMBER, CODE = "+8613800123456", "042137"
STEP = Step("phone", By.SMS, Level.CRITICAL, 0)
CALLS = (
    Call("zhang", Names("张工", "Zhang"), (STEP,), "zhang", NUMBER),
    Call("li", Names("李工", "Li"), (STEP,), "li", "+8613900000000"),
    Call("post", Names("值班", "Post"), (STEP,), "", "+8613700000000"),
)


@dataclass
class Messages:
    """What went out, and what was answered."""

    went: list[Sent] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)

    def out(self) -> Collection[Sent]:
        return self.went

    def receiver(self, sent: Sent) -> str:
        return sent.call

    def answered(self, sent: Sent, actor: str) -> Sent:
        self.went.remove(sent)
        self.went.append(sent.now(DeliveryState.ACKNOWLEDGED, actor=actor))
        return self.went[-1]

    def answer(self, way: str, call: Call, text: str) -> None:
        self.answers.append((call.id, text))


class Night:
    """A room with an alarm of which somebody was told."""

    def __init__(self, house: Place) -> None:
        self.house = house
        self.messages = Messages()
        house.people.set_up(Preset.BASIC, {Role.ADMINISTRATOR: Newcomer("root", "王管理", PASSWORD)})
        for name, role in {"zhang": Role.DUTY, "li": Role.VIEWER}.items():
            house.people.write(
                lambda conn, name=name, role=role: accounts.add(
                    conn, name=name, display=f"{name} X", password="x", roles=[role], domain=house.people.domain, actor=None, time=1
                )
            )

    async def alarmed(self, call: str = "zhang", seconds: float = 0.0) -> Alarm:
        desk = self.house.desk
        self.replies = Replies(CALLS, self.messages, desk, self.house.people, desk.refusals, self.house.clock, "en")
        (alarm,) = self.house.feed(35.0)
        desk.announce([alarm])
        await desk.recorder.finish(30)
        now = self.house.clock.wall()
        sent = Sent(uuid7(now), "alarm", call, STEP.key, "phone", By.SMS, 2, (alarm.id,), now, CODE, DeliveryState.SENT, sent=now)
        self.messages.went.append(sent)
        self.house.clock.advance(seconds)
        return alarm

    async def reply(self, text: str = CODE, number: str = NUMBER) -> None:
        self.replies.received("phone", number, text)
        await self.replies.finish(30)

    def refused(self) -> list[str]:
        self.house.desk.refusals.finish()
        refused = select(change.c.body).where(change.c.kind == "act.refused")
        rows = self.house.store.write(lambda conn: list(conn.execute(refused).scalars()))
        return [code for row in rows.result(30) for code in [row.partition('"code":"')[2].partition('"')[0]]]

    def unseen(self, alarm: Alarm) -> bool:
        found = self.house.book.find(alarm.id)
        assert found is not None
        return found.unseen


@pytest.fixture
def night(place: Place) -> Night:  # noqa: F811
    return Night(place)


@pytest.mark.parametrize("text", [CODE, f"  {CODE}\r\n", "０４２１３７"])
@pytest.mark.parametrize("number", [NUMBER, "13800123456", "008613800123456"])
def test_the_code_from_the_known_number_acknowledges_this_alarm_as_weak_proof(night: Night, text: str, number: str) -> None:
    async def story() -> None:
        alarm = await night.alarmed(seconds=599)
        await night.reply(text, number)
        found = night.house.book.find(alarm.id)
        assert found is not None
        assert (found.unseen, found.actor_name) == (False, "zhang X (SMS)")
        assert night.messages.answers == [("zhang", "Acknowledged: zhang X (SMS)")]
        assert night.refused() == []

    asyncio.run(story())
    rows = night.house.store.read(lambda conn: list(conn.execute(select(change).where(change.c.kind == "delivery.acknowledged"))))
    assert len(rows) == 1
    assert '"proof":"weak"' in rows[0].body
    assert CODE not in rows[0].body
    assert NUMBER not in rows[0].body
    report = verify(night.house.store.data, night.house.clock)
    assert [finding.code for finding in report.findings] == []


@pytest.mark.parametrize(
    ("text", "number", "call", "seconds", "code", "answered"),
    [
        (CODE, "+8613811111111", "zhang", 0, "reply_unknown_number", False),
        (CODE, "10086", "zhang", 0, "reply_unknown_number", False),
        ("042138", NUMBER, "zhang", 0, "reply_wrong_code", True),
        (f"{CODE} shelve", NUMBER, "zhang", 0, "reply_wrong_code", True),
        ("", NUMBER, "zhang", 0, "reply_wrong_code", True),
        (CODE, "+8613900000000", "zhang", 0, "reply_wrong_code", True),
        (CODE, NUMBER, "zhang", 601, "reply_old_code", True),
        (CODE, "+8613900000000", "li", 0, "no_right", True),
        (CODE, "+8613700000000", "post", 0, "no_right", True),
    ],
)
def test_anything_else_is_refused_and_recorded(
    night: Night, text: str, number: str, call: str, seconds: float, code: str, answered: bool
) -> None:
    async def story() -> None:
        alarm = await night.alarmed(call, seconds)
        await night.reply(text, number)
        assert night.unseen(alarm)
        assert bool(night.messages.answers) is answered
        assert night.refused() == [code]

    asyncio.run(story())


def test_a_code_is_good_once_and_for_one_alarm(night: Night) -> None:
    async def story() -> None:
        await night.alarmed()
        await night.reply()
        await night.reply()
        assert night.refused() == ["reply_wrong_code"]

    asyncio.run(story())


def test_whoever_was_disabled_a_moment_ago_acknowledges_nothing(night: Night) -> None:
    async def story() -> None:
        alarm = await night.alarmed()
        await asyncio.wrap_future(night.house.store.write(lambda conn: conn.execute(account.update().values(enabled=False))))
        await night.reply()
        assert night.unseen(alarm)
        assert night.refused() == ["no_right"]

    asyncio.run(story())


def test_guessing_is_ended_even_for_the_right_code_and_a_while_later_it_is_good_again(night: Night) -> None:
    async def story() -> None:
        alarm = await night.alarmed()
        for n in range(WRONG):
            await night.reply(f"{n:06}")
        await night.reply()
        assert night.unseen(alarm)
        assert night.refused() == ["reply_wrong_code"] * WRONG + ["reply_blocked"]
        assert len(night.messages.answers) == WRONG
        night.house.clock.advance(601)
        night.messages.went = [replace(sent, sent=night.house.clock.wall()) for sent in night.messages.went]
        await night.reply()
        assert not night.unseen(alarm)

    asyncio.run(story())


def test_whoever_forges_the_number_in_other_spellings_may_not_guess_more_often(night: Night) -> None:
    async def story() -> None:
        alarm = await night.alarmed()
        spellings = ["+8613800123456", "13800123456", "008613800123456", "013800123456", "00013800123456", "86-138-0012-3456"]
        for n, number in enumerate(spellings):
            await night.reply(f"{n:06}", number)
        await night.reply(CODE, "8613800123456")
        assert night.unseen(alarm)
        assert night.refused() == ["reply_wrong_code"] * WRONG + ["reply_blocked"] * 2

    asyncio.run(story())


@pytest.mark.parametrize(
    ("known", "heard", "same"),
    [
        ("+8613800123456", "13800123456", True),
        ("13800123456", "+8613800123456", True),
        ("13800123456", "13800123457", False),
        ("+8613800123456", "123456", False),
        ("123456", "+8613800123456", False),
        ("10086", "10086", True),
    ],
)
def test_numbers_are_the_same_with_and_without_their_country(known: str, heard: str, same: bool) -> None:
    assert same_number(known, heard) is same


def test_a_number_in_the_record_is_masked() -> None:
    assert masked(NUMBER) == "+86…3456"
