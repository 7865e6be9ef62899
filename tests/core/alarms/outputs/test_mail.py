"""Mail to a real SMTP server: over TLS that is verified, with a password, in Chinese; and what is said when it does not go."""

import email
from email import policy
from pathlib import Path

import pytest

from cityops_desktop.alarms.outputs.mail import Mail
from cityops_desktop.clock import SystemClock
from cityops_desktop.model.notify import SENT, By, Message
from cityops_desktop.room.ways import MailPart
from tests.peers.notifyservers import certificate, smtp

LETTER = Message("0190-id", By.MAIL, "wang@example.cn", "紧急：机房温度过高\n", "紧急：机房温度过高\n演示机房", 1)


def made(port: int, tls: str, ca: Path | str = "", *, user: str = "", password: str = "") -> Mail:
    told = {
        "id": "mail",
        "kind": "mail",
        "host": "127.0.0.1",
        "port": port,
        "tls": tls,
        "from": "room@example.cn",
        "user": user,
        "ca": str(ca),
    }
    return Mail(MailPart.model_validate(told), lambda: password, SystemClock())


@pytest.mark.parametrize("way", ["tls", "starttls", "none"])
def test_a_letter_arrives_whole(tmp_path: Path, way: str) -> None:
    ca, context = certificate(tmp_path)
    with smtp(None if way == "none" else context, starttls=way == "starttls") as letters:
        mail = made(letters.port, way, ca)
        assert mail.probe() == SENT
        assert mail.send(LETTER) == SENT
        (taken,) = letters.taken
    read = email.message_from_bytes(taken.content, policy=policy.default)
    assert (taken.mail_from, taken.rcpt_tos) == ("room@example.cn", ["wang@example.cn"])
    assert read["Subject"] == "紧急：机房温度过高"
    assert read.get_content().strip() == LETTER.text
    assert read["Message-ID"] == "<0190-id@example.cn>"
    assert read["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("way", ["tls", "starttls"])
def test_a_server_that_nobody_vouches_for_gets_nothing(tmp_path: Path, way: str) -> None:
    _, context = certificate(tmp_path)
    user = "u" if way == "starttls" else ""
    with smtp(context, starttls=way == "starttls", user=user, password="secret") as letters:
        assert made(letters.port, way, user="u", password="secret").send(LETTER).why.startswith("certificate ")
        assert (letters.taken, letters.logins) == ([], [])


def test_starttls_that_is_not_offered_is_not_done_without(tmp_path: Path) -> None:
    with smtp() as letters:
        assert made(letters.port, "starttls", user="u", password="secret").send(LETTER).why.startswith("server ")
        assert letters.taken == []


def test_a_password_that_is_right_and_one_that_is_wrong(tmp_path: Path) -> None:
    ca, context = certificate(tmp_path)
    with smtp(context, starttls=True, user="u", password="right") as letters:
        assert made(letters.port, "starttls", ca, user="u", password="right").send(LETTER) == SENT
        wrong = made(letters.port, "starttls", ca, user="u", password="wrong").send(LETTER)
        assert wrong.why.startswith("login 535")
        assert "wrong" not in wrong.why
        assert len(letters.taken) == 1


@pytest.mark.parametrize(("said", "final"), [("550 no such mailbox", True), ("451 come back later", False)])
def test_a_refused_receiver_is_final_or_not_as_the_server_says(said: str, final: bool) -> None:
    with smtp() as letters:
        letters.refuse["wang@example.cn"] = said
        delivery = made(letters.port, "none").send(LETTER)
    assert delivery.why == f"receiver {said}"
    assert delivery.final is final


def test_nobody_listens_there() -> None:
    with smtp() as letters:
        port = letters.port
    assert made(port, "none").send(LETTER).why == "refused"


def test_a_file_of_certificates_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "none.pem").write_text("nothing")
    assert made(1, "tls", tmp_path / "none.pem").send(LETTER).why.startswith(("tls", "network"))
