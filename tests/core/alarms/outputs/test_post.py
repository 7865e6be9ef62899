"""Ways over HTTP, to a real server: bodies and signatures as the services document them, and answers that say no in their own ways."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cityops_desktop.alarms.outputs.output import Output
from cityops_desktop.alarms.outputs.post import DingTalk, Feishu, Gateway, Webhook, WeCom
from cityops_desktop.model.notify import SENT, By, Message
from cityops_desktop.room.ways import DingTalkPart, FeishuPart, GatewayPart, WebhookPart, WeComPart
from tests.conftest import FakeClock
from tests.peers.notifyservers import Posts, certificate, http

TOLD = Message("0190-id", By.POST, "+8613800123456", "紧急", '紧急："A" {secret} {to}', 1, ("a1",), {"key": "ups1.load#high"}, "demo")
KEY = "very-secret-key"


@pytest.fixture
def posts() -> Iterator[Posts]:
    with http() as server:
        yield server


def way(kind: str, url: str, secret: str, clock: FakeClock, ca: str = "") -> Output:
    told = {"id": "w", "kind": kind, "url": url, "ca": ca}
    made: dict[str, Any] = {
        "wecom": lambda: WeCom(WeComPart.model_validate(told), lambda: secret, clock),
        "dingtalk": lambda: DingTalk(DingTalkPart.model_validate(told), lambda: secret, clock),
        "feishu": lambda: Feishu(FeishuPart.model_validate(told), lambda: secret, clock),
        "webhook": lambda: Webhook(WebhookPart.model_validate(told), lambda: secret, clock),
    }
    output: Output = made[kind]()
    return output


def test_wecom_gets_its_key_and_the_text(posts: Posts, clock: FakeClock) -> None:
    assert way("wecom", posts.url + "/send", KEY, clock).send(TOLD) == SENT
    (taken,) = posts.taken
    assert (taken.path, taken.query) == ("/send", {"key": KEY})
    assert json.loads(taken.body) == {"msgtype": "text", "text": {"content": TOLD.text}}


def test_dingtalk_is_signed_with_time_and_secret(posts: Posts, clock: FakeClock) -> None:
    assert way("dingtalk", posts.url + "/send", f"{KEY} SEC123", clock).send(TOLD) == SENT
    (taken,) = posts.taken
    time = str(clock.wall())
    sign = base64.b64encode(hmac.new(b"SEC123", f"{time}\nSEC123".encode(), hashlib.sha256).digest()).decode()
    assert taken.query == {"access_token": KEY, "timestamp": time, "sign": sign}
    assert way("dingtalk", posts.url, KEY, clock).send(TOLD) == SENT
    assert posts.taken[1].query == {"access_token": KEY}


def test_feishu_is_signed_over_nothing_with_time_and_secret_as_the_key(posts: Posts, clock: FakeClock) -> None:
    assert way("feishu", posts.url + "/hook", f"{KEY} sec", clock).send(TOLD) == SENT
    (taken,) = posts.taken
    time = str(clock.wall() // 1000)
    sign = base64.b64encode(hmac.new(f"{time}\nsec".encode(), digestmod=hashlib.sha256).digest()).decode()
    assert taken.path == f"/hook/{KEY}"
    assert json.loads(taken.body) == {"timestamp": time, "sign": sign, "msg_type": "text", "content": {"text": TOLD.text}}


def test_a_webhook_gets_the_alarm_and_can_prove_whose_it_is(posts: Posts, clock: FakeClock) -> None:
    assert way("webhook", posts.url + "/x", KEY, clock).send(TOLD) == SENT
    (taken,) = posts.taken
    signed = f"{taken.headers['x-cityops-time']}.".encode() + taken.body
    assert taken.headers["x-cityops-signature"] == hmac.new(KEY.encode(), signed, hashlib.sha256).hexdigest()
    assert taken.headers["idempotency-key"] == TOLD.id
    body = json.loads(taken.body)
    assert (body["alarm"], body["alarms"], body["origin"]) == ({"key": "ups1.load#high"}, ["a1"], "demo")
    assert way("webhook", posts.url, "", clock).send(TOLD) == SENT
    assert "x-cityops-signature" not in posts.taken[1].headers


@pytest.mark.parametrize("shape", ["json", "form"])
def test_an_sms_service_gets_what_the_room_file_says_and_no_word_of_an_alarm_is_a_place(posts: Posts, clock: FakeClock, shape: str) -> None:
    told = {"id": "g", "kind": "sms_gateway", "url": posts.url, "headers": {"X-Key": "{secret}"}, shape: {"to": "{to}", "msg": "<{text}>"}}
    gateway = Gateway(GatewayPart.model_validate({**told, "accepted": '"errcode": 0'}), lambda: KEY, clock)
    assert gateway.send(TOLD) == SENT
    (taken,) = posts.taken
    assert taken.headers["x-key"] == KEY
    if shape == "json":
        assert json.loads(taken.body) == {"to": TOLD.to, "msg": f"<{TOLD.text}>"}
    else:
        assert KEY.encode() not in taken.body
    posts.answers = [(200, b"quota exceeded")]
    assert gateway.send(TOLD).why == "not_accepted quota exceeded"


@pytest.mark.parametrize(
    ("kind", "answer", "why", "final"),
    [
        ("wecom", (200, b'{"errcode": 93000, "errmsg": "invalid webhook url"}'), "robot 93000 invalid webhook url", True),
        ("wecom", (200, b'{"errcode": 45009, "errmsg": "freq"}'), "robot 45009 freq", False),
        ("dingtalk", (200, b'{"errcode": 310000, "errmsg": "sign not match"}'), "robot 310000 sign not match", True),
        ("feishu", (200, b'{"code": 19021, "msg": "sign match fail"}'), "robot 19021 sign match fail", True),
        ("feishu", (200, b"<html>"), "not_accepted <html>", False),
        ("webhook", (500, b""), "http 500", False),
        ("webhook", (403, b""), "http 403", True),
        ("webhook", (302, b""), "http 302", False),
        ("webhook", (200, b"x" * 70_000), "answer_too_long", False),
    ],
)
def test_a_no_is_understood(posts: Posts, clock: FakeClock, kind: str, answer: tuple[int, bytes], why: str, final: bool) -> None:
    posts.answers = [answer]
    delivery = way(kind, posts.url, KEY, clock).send(TOLD)
    assert (delivery.ok, delivery.why, delivery.final) == (False, why, final)
    assert [taken.path for taken in posts.taken if "elsewhere" in taken.path] == []


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
def test_a_robot_without_its_secret_says_so_and_sends_nothing(posts: Posts, clock: FakeClock, kind: str) -> None:
    assert way(kind, posts.url, "", clock).send(TOLD).why == "secret_missing"
    assert posts.taken == []


def test_only_a_trusted_server_gets_the_key_and_no_failure_tells_it(
    tmp_path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    ca, context = certificate(tmp_path)
    with http(context) as posts:
        refused = way("wecom", posts.url, KEY, clock).send(TOLD)
        assert refused.why.startswith("certificate ")
        assert posts.taken == []
        assert way("wecom", posts.url, KEY, clock).probe().why.startswith("certificate ")
        assert way("wecom", posts.url, KEY, clock, str(ca)).probe() == SENT
        assert way("wecom", posts.url, KEY, clock, str(ca)).send(TOLD) == SENT
        gone = posts.url
    nobody = way("feishu", gone, KEY, clock, str(ca)).send(TOLD)
    assert nobody.why == "refused"
    assert KEY not in refused.why + nobody.why + "".join(record.getMessage() for record in caplog.records if record.name != "httpx")
