"""A USB key as second factor: registered and asked by the station, through the console's helper command, with a key in software."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.utils import websafe_decode, websafe_encode
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cityops_desktop.cli import usbkey
from cityops_desktop.cli.app import app
from cityops_desktop.link.acts import BeginFactor, ConfirmFactor
from cityops_desktop.people import fido
from cityops_desktop.people.sessions import Session
from tests.core.people.site import GOOD, HERE, THERE, Site, code, refused
from tests.peers.usbkey import SoftKey, answered


def enrol(site: Site, key: SoftKey) -> Session:
    session = site.login()
    begun = site.act(session, BeginFactor(password=GOOD, factor="fido2", name="key"))
    done = site.act(session, ConfirmFactor(factor=begun["factor"], code=answered(key, begun["options"])))
    assert len(done["codes"].split()) == 10
    return session


def question(site: Site, bound: str = HERE) -> str:
    """What a log-in without code is told to ask the key."""
    told = refused(lambda: site.login(bound=bound))
    assert told.code == "second_factor_required"
    return str(told.params["fido2"])


def test_a_log_in_asks_the_key(site: Site):
    key = SoftKey()
    enrol(site, key)
    for _ in range(3):
        asked = question(site)
        assert json.loads(asked)["rpId"] == "cityops-desktop"
        assert site.login(code=answered(key, asked)).person.name == "zhang"


def test_each_answer_once_and_only_to_its_question(site: Site):
    key = SoftKey(step=0)  # without a counter, so that the question alone must tell
    enrol(site, key)
    answer = answered(key, question(site))
    assert site.login(code=answer).token
    assert code(lambda: site.login(code=answer)) == "wrong_code"
    late = answered(key, question(site))
    site.clock.advance(fido.QUESTION_SECONDS)
    assert code(lambda: site.login(code=late)) == "wrong_code"
    before_the_restart = answered(key, question(site))
    site.restart()
    assert code(lambda: site.login(code=before_the_restart)) == "wrong_code"
    own = json.dumps({**json.loads(question(site)), "challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
    assert code(lambda: site.login(code=answered(key, own))) == "wrong_code", "a question that the client made itself"


def test_two_consoles_ask_at_the_same_time(site: Site):
    key = SoftKey()
    enrol(site, key)
    one, two = question(site), question(site, THERE)
    assert site.login(code=answered(key, one)).token
    assert site.login(code=answered(key, two), bound=THERE).token


def test_a_copy_of_the_key_is_found_out(site: Site):
    key = SoftKey()
    enrol(site, key)
    copy = key.clone()
    assert site.login(code=answered(key, question(site))).token
    assert code(lambda: site.login(code=answered(copy, question(site)))) == "wrong_code"


def test_another_key_another_origin_and_no_touch(site: Site):
    key, other = SoftKey(), SoftKey()
    enrol(site, key)
    asked = question(site)
    other.held = {credential: ec.generate_private_key(ec.SECP256R1()) for credential in key.held}
    assert code(lambda: site.login(code=answered(other, asked))) == "wrong_code"
    assert code(lambda: site.login(code=answered(key, question(site), "https://cityops-desktop.example.com"))) == "wrong_code"
    forged = json.loads(answered(key, question(site)))
    data = bytearray(websafe_decode(forged["response"]["authenticatorData"]))
    data[32] &= 0xFE  # nobody touched it
    forged["response"]["authenticatorData"] = websafe_encode(bytes(data))
    assert code(lambda: site.login(code=json.dumps(forged))) == "wrong_code"


def test_a_registration_that_answers_another_question(site: Site):
    key, session = SoftKey(), site.login()
    first = site.act(session, BeginFactor(password=GOOD, factor="fido2", name="key"))
    second = site.act(session, BeginFactor(password=GOOD, factor="fido2", name="key"))
    answer = answered(key, first["options"])
    assert code(lambda: site.act(session, ConfirmFactor(factor=second["factor"], code=answer))) == "wrong_code"
    for nonsense in ("{}", "[]", "1", '{"response": {}}', "x"):
        assert code(lambda text=nonsense: site.act(session, ConfirmFactor(factor=second["factor"], code=text))) == "wrong_code"
    assert site.login().token, "nothing is asked for yet"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(st.dictionaries(st.sampled_from(["id", "rawId", "response", "type", "x"]), json_values | st.just({"clientDataJSON": "e30"})))
def test_a_strangers_json_is_no_answer(told: dict[str, Any]):
    text = json.dumps(told)
    assert fido.registered("AAAAAAAAAAAAAAAAAAAAAA", text) is None
    assert fido.asserted("AAAA", None, text) is None


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> list[SoftKey]:
    keys: list[SoftKey] = []
    monkeypatch.setattr(usbkey.CtapHidDevice, "list_devices", lambda: iter(keys))
    return keys


def helper(command: str, options: str) -> tuple[int, list[dict[str, Any]]]:
    ran = CliRunner().invoke(app, ["usb-key", command], input=f"{options}\n\n")
    return ran.exit_code, [json.loads(line) for line in ran.output.splitlines()]


def test_the_helper_of_the_console(site: Site, plugged: list[SoftKey]):
    key = SoftKey()
    plugged.append(key)
    session = site.login()
    begun = site.act(session, BeginFactor(password=GOOD, factor="fido2", name="key"))
    exit_code, lines = helper("register", begun["options"])
    assert (exit_code, lines[0], len(lines)) == (0, {"touch": True}, 2)
    site.act(session, ConfirmFactor(factor=begun["factor"], code=json.dumps(lines[1]["answer"])))
    exit_code, lines = helper("sign", question(site))
    assert site.login(code=json.dumps(lines[-1]["answer"])).token

    key.touched = False
    assert helper("sign", question(site))[1][-1]["error"] == "not_touched"
    plugged[:] = [SoftKey()]
    assert helper("sign", question(site))[1][-1]["error"] == "not_this_key"
    plugged.append(SoftKey())
    assert helper("sign", question(site)) == (8, [{"error": "several_keys"}])
    plugged.clear()
    assert helper("sign", question(site)) == (8, [{"error": "no_key"}])
    plugged.append(key)
    for nonsense in ("", "{}", "[]", "nonsense"):
        assert helper("sign", nonsense)[1][-1]["error"] == "bad_options"
