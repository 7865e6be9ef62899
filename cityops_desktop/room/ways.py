"""The keys of each kind of way in the room file's `notify:`. No secret stands here: those have their own file. Opens nothing."""

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from cityops_desktop.model.notify import WayKind
from cityops_desktop.room.grammar import Id, Part

Host = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9_.:-]+$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Line = Annotated[str, Field(max_length=500, pattern=r"^[^\r\n\x00]*$")]
Phone = Annotated[str, Field(pattern=r"^\+?[0-9]{3,15}$")]
Address = Annotated[str, Field(max_length=254, pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$")]


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError(f"{text} is no http or https address")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a password does not stand in an address: it belongs into the secrets of the station")
    return text


Url = Annotated[str, Field(max_length=1000), AfterValidator(_url)]


class WayPart(Part):
    """What each entry of `ways:` has. Its secret, where it has one, is kept under its id; `ca` is a file with certificates to trust."""

    id: Id
    kind: WayKind
    ca: Line = ""


class MailPart(WayPart):
    """An SMTP server. With `user` the secret is the password, and goes over TLS only."""

    kind: Literal[WayKind.MAIL]
    host: Host
    port: Port = 465
    tls: Literal["tls", "starttls", "none"] = "tls"
    user: Line = ""
    sender: Annotated[Address, Field(alias="from")]


class ModemPart(WayPart):
    """A 4G modem. The secret, where there is one, is the PIN of its card."""

    kind: Literal[WayKind.MODEM]
    port: Annotated[str, Field(min_length=1, max_length=200)]
    baudrate: Annotated[int, Field(ge=1200, le=921_600)] = 115_200
    ring: Annotated[float, Field(ge=5, le=90)] = 30.0


class GatewayPart(WayPart):
    """An SMS service over HTTP. `headers`, `form` and `json` hold {to}, {text}, {secret}; `accepted` must stand in a good answer."""

    kind: Literal[WayKind.SMS_GATEWAY]
    url: Url
    headers: Annotated[dict[Line, Line], Field(default_factory=dict)]
    form: Annotated[dict[Line, Line], Field(default_factory=dict)]
    body: Annotated[dict[Line, Line], Field(alias="json", default_factory=dict)]
    accepted: Line = ""


class WebhookPart(WayPart):
    """JSON to an address of one's own. With a secret each body is signed (HMAC-SHA256)."""

    kind: Literal[WayKind.WEBHOOK]
    url: Url


class WeComPart(WayPart):
    """A robot of a WeCom group; the secret is its key."""

    kind: Literal[WayKind.WECOM]
    url: Url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"


class DingTalkPart(WayPart):
    """A robot of a DingTalk group; the secret is its access token and, after a space, the secret that signs (SEC…)."""

    kind: Literal[WayKind.DINGTALK]
    url: Url = "https://oapi.dingtalk.com/robot/send"


class FeishuPart(WayPart):
    """A robot of a Feishu group; the secret is the last part of its address and, after a space, the secret that signs."""

    kind: Literal[WayKind.FEISHU]
    url: Url = "https://open.feishu.cn/open-apis/bot/v2/hook"


class SyslogPart(WayPart):
    """A syslog server that is told of every change of an alarm of this level or a worse one."""

    kind: Literal[WayKind.SYSLOG]
    host: Host
    port: Port | None = None
    transport: Literal["udp", "tcp", "tls"] = "udp"
    facility: Annotated[int, Field(ge=0, le=23)] = 16
    level: Literal["critical", "major", "minor", "warning"] = "warning"


PARTS: Mapping[str, type[WayPart]] = {
    WayKind.MAIL: MailPart,
    WayKind.MODEM: ModemPart,
    WayKind.SMS_GATEWAY: GatewayPart,
    WayKind.WEBHOOK: WebhookPart,
    WayKind.WECOM: WeComPart,
    WayKind.DINGTALK: DingTalkPart,
    WayKind.FEISHU: FeishuPart,
    WayKind.SYSLOG: SyslogPart,
}
