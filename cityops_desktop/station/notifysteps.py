"""The ways out as steps of the self-test: a message that says TEST to the first receiver of each way, or a look whether it would work."""

import asyncio
from typing import Protocol

from cityops_desktop.model.notify import By, Delivery, DeliveryState, Way, WayKind
from cityops_desktop.model.selftest import Proof, SelfTest, StepOutcome
from cityops_desktop.store.deliveries import Sent

SECONDS = 120.0
RECEIPT = 60.0
"""Seconds that the receipt of an SMS is waited for."""
LOOK = 0.5
_NAMES = {
    WayKind.MAIL: "mail",
    WayKind.MODEM: "sms",
    WayKind.SMS_GATEWAY: "sms",
    WayKind.WEBHOOK: "webhook",
    WayKind.WECOM: "robot",
    WayKind.DINGTALK: "robot",
    WayKind.FEISHU: "robot",
    WayKind.SYSLOG: "syslog",
}


class Trying(Protocol):
    """What sends (station/notifying.py)."""

    def reached(self, way: str) -> str | None:
        """Whom the way reaches."""
        ...

    async def probe(self, way: str) -> Delivery:
        """Would it work?"""
        ...

    async def test_row(self, way: str, call: str, name: str) -> tuple[Sent, Delivery]:
        """A test message."""
        ...

    def state_of(self, id: str) -> DeliveryState | None:
        """What became of a message since."""
        ...


class NotifyStep:
    """See model/selftest.Step."""

    seconds = SECONDS

    def __init__(self, way: Way, trying: Trying) -> None:
        self.name = f"{_NAMES[way.kind]}:{way.id}"
        self._way, self._trying = way, trying

    async def run(self, test: SelfTest) -> Proof:
        """Send, and wait for the receipt where there is one."""
        call = self._trying.reached(self._way.id)
        if call is None:
            delivery = await self._trying.probe(self._way.id)
            return self._proof(delivery.state, delivery.why)
        sent, delivery = await self._trying.test_row(self._way.id, call, test.actor_name)
        state = delivery.state
        end = asyncio.get_running_loop().time() + RECEIPT
        while state is DeliveryState.SENT and delivery.refs and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(LOOK)
            state = self._trying.state_of(sent.id) or state
        return self._proof(state, delivery.why, sent.by)

    def _proof(self, state: DeliveryState, why: str, by: By = By.POST) -> Proof:
        if state is DeliveryState.FAILED:
            return Proof(StepOutcome.FAILED, "notify", f"{self._way.id} {why}".strip())
        if state is DeliveryState.DELIVERED:
            return Proof(StepOutcome.OK, "delivered")
        udp = getattr(self._way.options, "transport", "") == "udp"
        if udp or (by is By.SMS and self._way.kind is WayKind.MODEM):
            return Proof(StepOutcome.UNKNOWN, "sent")
        return Proof(StepOutcome.OK, "accepted")
