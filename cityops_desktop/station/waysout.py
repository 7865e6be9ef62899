"""From a way of the room file to what sends by it. Sends nothing itself."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from cityops_desktop.alarms.outputs.mail import Mail
from cityops_desktop.alarms.outputs.modem import Modem, Told
from cityops_desktop.alarms.outputs.output import Output, Secret
from cityops_desktop.alarms.outputs.post import DingTalk, Feishu, Gateway, Webhook, WeCom
from cityops_desktop.alarms.outputs.syslog import Syslog
from cityops_desktop.clock import Clock
from cityops_desktop.model.notify import Signal, Way
from cityops_desktop.room import ways


class Listening(Protocol):
    """Who is told on the station's loop what comes to a modem."""

    def received(self, way: str, number: str, text: str) -> None:
        """A message."""
        ...

    def report(self, way: str, ref: int, delivered: bool) -> None:
        """What became of one that was sent."""
        ...

    def heard(self, way: str, signal: Signal) -> None:
        """Its signal."""
        ...


def make_output(way: Way, secret: Secret, clock: Clock, post: Callable[..., None], listening: Listening) -> Output:
    """What sends by this way; `post` calls on the station's loop."""
    match way.options:
        case ways.MailPart() as options:
            return Mail(options, secret, clock)
        case ways.ModemPart() as options:
            functions = (listening.received, listening.report, listening.heard)
            return Modem(options, secret, clock, Told(*(partial(post, function, way.id) for function in functions)))
        case ways.GatewayPart() as options:
            return Gateway(options, secret, clock)
        case ways.WebhookPart() as options:
            return Webhook(options, secret, clock)
        case ways.WeComPart() as options:
            return WeCom(options, secret, clock)
        case ways.DingTalkPart() as options:
            return DingTalk(options, secret, clock)
        case ways.FeishuPart() as options:
            return Feishu(options, secret, clock)
        case ways.SyslogPart() as options:
            return Syslog(options, clock)
        case other:
            raise AssertionError(other)
