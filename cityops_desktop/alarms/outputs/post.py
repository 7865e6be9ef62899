"""Ways over HTTP: an SMS service, a webhook of one's own, the robots of WeCom, DingTalk and Feishu. Follows no redirection, uses no proxy.

What is secret goes into the address or a header at the last moment, and into no message of an error.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from cityops_desktop.alarms.outputs.output import Quiet, Secret, trusted, why_not
from cityops_desktop.clock import Clock
from cityops_desktop.model.notify import SENT, Delivery, Message, failed
from cityops_desktop.room.ways import DingTalkPart, FeishuPart, GatewayPart, WebhookPart, WeComPart

SECONDS = 15.0
MOST_ANSWER = 65_536
LONGEST_TEXT = 1800
"""Signs of a text: the robots take 2048 bytes (WeCom) to 20 KB; Chinese needs three bytes a sign."""


class Posting(Quiet):
    """What all of them share: one POST, and its answer looked at."""

    def __init__(self, url: str, ca: str, secret: Secret, clock: Clock) -> None:
        self._url, self._ca, self._clock = url, ca, clock
        self._kept = secret

    def send(self, message: Message) -> Delivery:
        """See Output."""
        try:
            secret = self._kept()
        except (OSError, ValueError):
            return failed("secret")
        if self.needs_secret and not secret:
            return failed("secret_missing")
        return self._post(self.request(message, secret))

    needs_secret = True

    def request(self, message: Message, secret: str) -> "Request":
        """What is sent."""
        raise NotImplementedError

    def judge(self, answer: httpx.Response) -> Delivery:
        """Was it taken, going by an answer of the 2xx kind?"""
        return SENT

    def probe(self) -> Delivery:
        """Reach the server (and look at its certificate); nothing is posted."""
        parts = urlsplit(self._url)
        try:
            with self._client() as client:
                client.head(f"{parts.scheme}://{parts.netloc}/")
        except (httpx.HTTPError, OSError) as error:
            return failed(_why(error))
        return SENT

    def _client(self) -> httpx.Client:
        return httpx.Client(timeout=SECONDS, verify=trusted(self._ca), trust_env=False, follow_redirects=False)

    def _post(self, request: "Request") -> Delivery:
        try:
            with self._client() as client, client.stream("POST", self._url + request.tail, **request.what) as answer:
                body = b""
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > MOST_ANSWER:
                        return failed("answer_too_long")
                read = httpx.Response(answer.status_code, headers={"content-type": answer.headers.get("content-type", "")}, content=body)
        except (httpx.HTTPError, OSError) as error:
            return failed(_why(error))
        if not read.is_success:
            return failed(f"http {read.status_code}", final=read.status_code in (400, 401, 403, 404, 410))
        return self.judge(read)


class Request:
    """The tail of the address and the keyword arguments of the POST."""

    def __init__(self, tail: str = "", **what: Any) -> None:
        self.tail, self.what = tail, what


class Gateway(Posting):
    """An SMS service as the room file describes it."""

    needs_secret = False

    def __init__(self, options: GatewayPart, secret: Secret, clock: Clock) -> None:
        super().__init__(options.url, options.ca, secret, clock)
        self._options = options

    def request(self, message: Message, secret: str) -> Request:
        """Places filled in."""
        places = {"{to}": message.to, "{text}": message.text, "{secret}": secret}
        headers = _filled(self._options.headers, places)
        if self._options.body:
            return Request(headers=headers, json=_filled(self._options.body, places))
        return Request(headers=headers, data=_filled(self._options.form, places))

    def judge(self, answer: httpx.Response) -> Delivery:
        """What must stand in a good answer stands there."""
        if self._options.accepted and self._options.accepted not in answer.text:
            return failed(f"not_accepted {_short(answer)}")
        return SENT


class Webhook(Posting):
    """JSON: what people read, and the alarm as a machine reads it. `X-CityOps-Signature` is HMAC-SHA256 of "<time>.<body>"."""

    needs_secret = False

    def __init__(self, options: WebhookPart, secret: Secret, clock: Clock) -> None:
        super().__init__(options.url, options.ca, secret, clock)

    def request(self, message: Message, secret: str) -> Request:
        """See the class."""
        told = {"id": message.id, "origin": message.origin, "level": message.level, "subject": message.subject, "text": message.text}
        body = json.dumps({**told, "alarms": list(message.alarms), "alarm": dict(message.about)}, ensure_ascii=False).encode()
        time = str(self._clock.wall() // 1000)
        headers = {"Content-Type": "application/json", "Idempotency-Key": message.id, "X-CityOps-Time": time}
        if secret:
            headers["X-CityOps-Signature"] = hmac.new(secret.encode(), time.encode() + b"." + body, hashlib.sha256).hexdigest()
        return Request(headers=headers, content=body)


class WeCom(Posting):
    """A robot of a WeCom (企业微信) group."""

    def __init__(self, options: WeComPart, secret: Secret, clock: Clock) -> None:
        super().__init__(options.url, options.ca, secret, clock)

    def request(self, message: Message, secret: str) -> Request:
        """The key stands in the address; a text may have 2048 bytes."""
        text = message.text.encode()[:2000].decode("utf-8", "ignore")
        return Request(params={"key": secret}, json={"msgtype": "text", "text": {"content": text}})

    def judge(self, answer: httpx.Response) -> Delivery:
        """`errcode` 0 is good; 45009 = too many messages in a minute."""
        return _coded(answer, "errcode", "errmsg", again=(45009, -1))


class DingTalk(Posting):
    """A robot of a DingTalk (钉钉) group, signed where the secret has a second word."""

    def __init__(self, options: DingTalkPart, secret: Secret, clock: Clock) -> None:
        super().__init__(options.url, options.ca, secret, clock)

    def request(self, message: Message, secret: str) -> Request:
        """timestamp (ms) and sign = base64(HMAC-SHA256(secret, "timestamp\\nsecret"))."""
        token, _, signing = secret.partition(" ")
        params = {"access_token": token}
        if signing := signing.strip():
            time = str(self._clock.wall())
            params |= {"timestamp": time, "sign": _base64(hmac.new(signing.encode(), f"{time}\n{signing}".encode(), hashlib.sha256))}
        return Request(params=params, json={"msgtype": "text", "text": {"content": message.text[:LONGEST_TEXT]}})

    def judge(self, answer: httpx.Response) -> Delivery:
        """`errcode` 0 is good; 130101 and 410100 = too many messages in a minute."""
        return _coded(answer, "errcode", "errmsg", again=(-1, 130101, 410100))


class Feishu(Posting):
    """A robot of a Feishu (飞书) group, signed where the secret has a second word."""

    def __init__(self, options: FeishuPart, secret: Secret, clock: Clock) -> None:
        super().__init__(options.url, options.ca, secret, clock)

    def request(self, message: Message, secret: str) -> Request:
        """timestamp (s) and sign = base64(HMAC-SHA256 of nothing, keyed with "timestamp\\nsecret")."""
        token, _, signing = secret.partition(" ")
        body: dict[str, object] = {"msg_type": "text", "content": {"text": message.text[:LONGEST_TEXT]}}
        if signing := signing.strip():
            time = str(self._clock.wall() // 1000)
            body = {"timestamp": time, "sign": _base64(hmac.new(f"{time}\n{signing}".encode(), b"", hashlib.sha256)), **body}
        return Request(f"/{token}", json=body)

    def judge(self, answer: httpx.Response) -> Delivery:
        """`code` 0 is good; 9499 and 11232 = too many messages in a minute."""
        return _coded(answer, "code", "msg", again=(9499, 11232))


def _coded(answer: httpx.Response, code: str, words: str, again: tuple[int, ...]) -> Delivery:
    try:
        told = answer.json()
        number = int(told[code])
    except (ValueError, KeyError, TypeError):
        return failed(f"not_accepted {_short(answer)}")
    if number == 0:
        return SENT
    return failed(f"robot {number} {str(told.get(words, ''))[:100]}", final=number not in again)


def _filled(texts: Mapping[str, str], places: Mapping[str, str]) -> dict[str, str]:
    filled = {}
    for key, text in texts.items():
        for place, value in places.items():
            text = text.replace(place, value) if place != "{text}" else text
        filled[key] = text.replace("{text}", places["{text}"])  # last, so that nothing in an alarm's words is a place
    return filled


def _base64(made: "hmac.HMAC") -> str:
    return base64.b64encode(made.digest()).decode()


def _short(answer: httpx.Response) -> str:
    return " ".join(answer.text.split())[:100]


def _why(error: Exception) -> str:
    """Without the address, in which the key may stand."""
    if isinstance(error, httpx.TimeoutException):
        return "timeout"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError):
            return why_not(cause)
        cause = cause.__cause__ or cause.__context__
    return f"network {type(error).__name__}"
