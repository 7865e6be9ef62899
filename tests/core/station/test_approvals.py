"""Two-person acts: who may begin and agree, how each proves who it is, and what ends them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from cityops_desktop.link.acts import (
    BeginFactor,
    ConfirmFactor,
    EnableAccount,
    OpenApproval,
    ResetFactor,
    ResetPassword,
    SetPolicy,
    WithdrawApproval,
)
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.model.people import Preset
from cityops_desktop.people import accounts, factors, ocra, passwords, rights
from cityops_desktop.sentences import CHANGE_KINDS, COMMAND_CODES
from cityops_desktop.store.schema import approval
from tests.conftest import FakeClock
from tests.core.people.site import CHEAP, GOOD, TRIES, code
from tests.core.station.approvalroom import ApprovalRoom
from tests.peers.usbkey import SoftKey, answered

WINDOW = {preset: {"policy.set": 300, "factor.reset": 300} for preset in Preset}


@pytest.fixture
def room(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApprovalRoom]:
    monkeypatch.setattr(passwords, "_hasher", CHEAP)
    monkeypatch.setattr(rights, "TWO_PERSONS", WINDOW)
    made = ApprovalRoom(tmp_path, clock)
    yield made
    made.close()


def test_two_persons_carry_it_out_and_the_log_names_both(room: ApprovalRoom):
    session = room.login("adam")
    opened = room.open(session=session)
    assert set(opened.data) == {"approval", "digest", "challenge", "expires"}
    [shown] = room.approvals.infos()
    assert (shown.kind, shown.initiator_name, shown.digest) == ("factor.reset", "Adam", opened.data["digest"])
    assert shown.about == {"account": room.ids["dina"], "name": "Dina", "why": "lost"}
    assert room.carried_out() == 0
    assert room.confirm(opened, at=session).outcome == "done", "at the initiator's own console"
    assert room.people.who(session.session, session.bound) is not None, "whose session goes on"
    assert (room.carried_out(), room.approvals.infos()) == (1, [])
    told = room.body("approval.confirmed")
    assert (told["actor"], told["confirmer"], told["initiator"]) == (room.ids["sara"], room.ids["sara"], room.ids["adam"])
    assert (told["way"], told["how"]["name"], told["how"]["initiator_name"]) == ("local", "Sara", "Adam")
    assert told["how"]["console"] == "console of adam"
    assert room.body("account.factors_reset")["actor"] == room.ids["adam"]


def test_over_the_phone_by_the_answer_of_an_authenticator(room: ApprovalRoom):
    room.enrol("udo")
    opened = room.open()
    challenge = str(opened.data["challenge"])
    assert challenge == ocra.derived(bytes.fromhex(str(opened.data["digest"])))
    other = room.open("sara")
    wrong = room.answer("udo", str(other.data["challenge"]))
    assert room.confirm(opened, "udo", answer=wrong).code == "wrong_answer", "that is the answer to another act"
    assert room.confirm(opened, "sara", answer=room.answer("udo", challenge)).code == "wrong_answer", "and that of another person"
    assert room.confirm(opened, "nobody", answer="12345678").code == "wrong_answer"
    assert room.confirm(opened, "udo", answer=room.answer("udo", challenge, later=-180_000)).code == "wrong_answer"
    done = room.confirm(opened, "udo", answer=room.answer("udo", challenge))
    assert done.outcome == "done"
    assert room.body("approval.confirmed")["way"] == "remote"
    assert room.confirm(other, "udo", answer=wrong).outcome == "done", "two acts in one minute"


def test_the_second_person_is_another_one_with_the_right(room: ApprovalRoom):
    opened = room.open()
    twice = room.login("adam", "another console")
    assert room.confirm(opened, "adam", at=twice).code == "same_person"
    assert room.confirm(opened, "ADAM").code == "same_person"
    assert room.confirm(opened, "dina").code == "no_right"
    assert room.confirm(opened, "lea", at=room.login("sara")).code == "no_right", "the session of another one helps nobody"
    assert room.carried_out() == 0
    assert room.confirm(opened, "udo").outcome == "done"


def test_who_begins_needs_the_right_and_the_password_anew(room: ApprovalRoom):
    assert room.open("udo").code == "no_right"
    assert room.open("dina").code == "no_right"
    assert room.open("adam", password="Wrong-password-1").code == "wrong_password"
    assert room.rows() == {}


@pytest.mark.parametrize(("more", "code"), [({"password": GOOD, "answer": "12345678"}, "bad_request"), ({"password": ""}, "bad_request")])
def test_one_proof_and_only_one(room: ApprovalRoom, more: dict[str, str], code: str):
    assert room.confirm(room.open(), **more).code == code


def test_exactly_this_act(room: ApprovalRoom):
    opened, other = room.open("adam"), room.open("sara", "lea")
    assert room.confirm(opened, "udo", digest=other.data["digest"]).code == "other_act"
    assert room.confirm(opened, "udo", digest="0" * 64).code == "other_act"
    assert room.confirm(opened, "udo", approval="nothing").code == "no_such_approval"
    assert room.carried_out() == 0


def test_an_act_that_was_altered_in_the_store_is_not_carried_out(room: ApprovalRoom):
    opened = room.open(target="dina")
    altered = approval.c.act.concat(" ")
    room.people.write(lambda conn: conn.execute(update(approval).values(act=altered)))
    assert room.confirm(opened).code == "other_act"
    assert room.carried_out() == 0


def test_once(room: ApprovalRoom):
    opened, somewhere = room.open(), Credentials(None, "a console", "local")
    act = room.consent(opened)
    first = room.give(act, somewhere, "confirm-0001")
    assert room.give(act, somewhere, "confirm-0001") == first, "the same order asks what became of it"
    assert room.give(act, Credentials(None, "another", "local"), "confirm-0001").code == "id_used"
    assert room.give(act, somewhere).code == "approval_closed"
    room.start()
    assert room.give(act, somewhere, "confirm-0001").code == "approval_closed"
    assert room.carried_out() == 1


def test_the_window_ends_by_itself_and_is_recorded(room: ApprovalRoom):
    opened = room.open()
    room.clock.advance(299.9)
    room.approvals.tick()
    assert room.rows()[opened.data["approval"]]["state"] == "open"
    heard = room.heard
    room.clock.advance(0.1)
    assert room.confirm(opened).code == "approval_expired"
    room.approvals.tick()
    room.approvals.tick()
    row = room.rows()[opened.data["approval"]]
    assert (row["state"], row["closed"], row["confirmer"]) == ("expired", room.clock.wall(), None)
    assert (room.kinds().count("approval.expired"), room.approvals.infos()) == (1, [])
    assert room.heard > heard
    assert room.confirm(opened).code == "approval_closed"


def test_neither_a_clock_that_is_set_back_nor_a_restart_makes_it_live_longer(room: ApprovalRoom):
    opened = room.open()
    room.clock.advance(200)
    room.clock.ms -= 3_600_000
    room.clock.advance(100)
    assert room.confirm(opened).code == "approval_expired"
    room.clock.ms += 3_600_000
    second = room.open()
    room.start()
    assert room.confirm(second).code == "approval_closed"
    third = room.open()
    room.clock.ms += 300_000
    assert room.confirm(third).code == "approval_expired", "a clock that is set ahead ends it"
    assert room.approvals.infos() == []
    assert {row["state"] for row in room.rows().values()} == {"withdrawn", "expired", "open"}


def test_a_new_one_takes_the_place_of_the_old(room: ApprovalRoom):
    first, second = room.open(target="dina"), room.open(target="lea")
    assert room.confirm(first).code == "approval_closed"
    assert [one.id for one in room.approvals.infos()] == [second.data["approval"]]
    assert room.confirm(second).outcome == "done"


def test_withdrawing(room: ApprovalRoom):
    for name, wanted in (("dina", "no_right"), ("adam", ""), ("udo", "")):
        opened = room.open()
        told = room.give(WithdrawApproval(approval=str(opened.data["approval"])), room.login(name))
        assert told.code == wanted
        assert room.confirm(opened).code == ("approval_closed" if not wanted else "")
    assert room.kinds().count("approval.withdrawn") == 2


def test_wrong_passwords_and_answers_lock_the_account(room: ApprovalRoom):
    room.enrol("udo")
    opened = room.open()
    codes = [room.confirm(opened, "sara", password="Wrong-password-1").code for _ in range(TRIES)]
    assert codes == ["wrong_name_or_password"] * TRIES
    assert room.confirm(opened, "sara").code == "too_many_attempts"
    there = Credentials(None, "the other console", "local")
    codes = [room.confirm(opened, "udo", at=there, answer="00000000").code for _ in range(TRIES)]
    assert codes == ["wrong_answer"] * TRIES
    right = room.answer("udo", str(opened.data["challenge"]))
    assert room.confirm(opened, "udo", at=Credentials(None, "third", "local"), answer=right).code == "too_many_attempts"
    assert room.kinds().count("account.locked") == 2
    assert room.carried_out() == 0


def test_a_stolen_session_does_not_agree(room: ApprovalRoom):
    opened, session = room.open(), room.login("udo")
    stolen = Credentials(session.session, "another console", "local")
    assert room.confirm(opened, at=stolen).code == "stolen_session"


def test_accounts_that_changed_in_between(room: ApprovalRoom):
    sara = room.login("sara")
    opened = room.open()
    assert room.give(EnableAccount(account=room.ids["adam"], enabled=False, why="gone"), sara).code == "last_administrator"
    assert room.give(ResetPassword(account=room.ids["udo"], password="Another-pass-1"), room.login("adam")).outcome == "done"
    assert room.confirm(opened, "udo", password="Another-pass-1").code == "must_change_password"
    assert room.give(EnableAccount(account=room.ids["udo"], enabled=False, why="gone"), sara).outcome == "done"
    assert room.confirm(opened, "udo", password="Another-pass-1").code == "wrong_name_or_password"
    assert room.give(ResetPassword(account=room.ids["sara"], password="Another-pass-1"), room.login("adam")).outcome == "done"
    assert room.confirm(opened, "sara").code == "wrong_name_or_password"
    assert room.carried_out() == 0


def test_what_the_act_itself_refuses_leaves_it_open(room: ApprovalRoom):
    session = room.login("adam")
    opened = room.give(OpenApproval(password=GOOD, act=SetPolicy(preset=Preset.BASIC, why="same")), session)
    assert room.confirm(opened).code == "same_preset"
    assert room.rows()[opened.data["approval"]]["state"] == "open"
    assert "approval.confirmed" not in room.kinds()


def test_a_stricter_preset(room: ApprovalRoom):
    session = room.login("adam")
    opened = room.give(OpenApproval(password=GOOD, act=SetPolicy(preset=Preset.MLPS3, why="inspection")), session)
    assert room.confirm(opened).outcome == "done"
    assert room.people.policy.preset is Preset.MLPS3
    assert room.people.who(session.session, session.bound) is None
    assert room.login("sara").session
    reset = OpenApproval(password=GOOD, act=ResetFactor(account=room.ids["dina"], why="lost"))
    assert room.give(reset, room.login("sara")).code == "must_enrol_factor", "the second factor is compulsory now"


def test_alone_nobody_does_it(room: ApprovalRoom, monkeypatch: pytest.MonkeyPatch):
    alone = ResetFactor(account=room.ids["dina"], why="lost")
    assert room.give(alone, room.login("adam")).code == "two_persons"
    monkeypatch.setattr(rights, "TWO_PERSONS", {preset: {"policy.set": 300} for preset in Preset})
    assert room.open().code == "one_person"
    assert room.give(alone, room.login("adam")).outcome == "done"


def test_each_kind_that_needs_two_persons_is_whole():
    """One line each in TWO_PERSONS, CONFIRM and the matrix, and a sentence."""
    for preset, kinds in rights.TWO_PERSONS.items():
        for kind, seconds in kinds.items():
            assert 0 < seconds <= 900
            assert rights.CONFIRM[kind]
            assert rights.MATRIX[preset][kind]
    assert {"wrong_answer", "other_act", "same_person", "approval_closed", "approval_expired"} <= set(COMMAND_CODES)
    assert {f"approval.{state}" for state in ("opened", "confirmed", "withdrawn", "expired")} <= set(CHANGE_KINDS)


def test_a_second_factor_is_asked_for_where_there_is_one(room: ApprovalRoom):
    """Of the initiator and of the second person alike; here a USB key."""
    key = SoftKey()
    for name in ("adam", "sara"):
        session = room.login(name)
        begun = room.give(BeginFactor(password=GOOD, factor="fido2", name="key"), session).data
        confirm = ConfirmFactor(factor=str(begun["factor"]), code=answered(key, str(begun["options"])))
        assert room.give(confirm, session).outcome == "done"
        room.sessions[name] = session
    asked = room.open(session=room.sessions["adam"])
    assert asked.code == "second_factor_required"
    opened = room.open(session=room.sessions["adam"], code=answered(key, str(asked.params["fido2"])))
    assert opened.outcome == "done"
    asked = room.confirm(opened)
    assert asked.code == "second_factor_required"
    answer = answered(key, str(asked.params["fido2"]))
    assert room.confirm(opened, "udo", code=answer).outcome == "done", "udo has none, so none is asked for"
    opened = room.open(session=room.sessions["adam"], code=answered(key, str(room.open(session=room.sessions["adam"]).params["fido2"])))
    assert room.confirm(opened, code=answer).outcome == "done"
    assert room.confirm(opened, code=answer).code == "approval_closed"
    assert room.carried_out() == 2


def test_what_changes_between_the_proof_and_the_transaction_counts(room: ApprovalRoom):
    """Two consents that were both found right: the second comes too late; so does one whose initiator is disabled meanwhile."""
    somewhere = Credentials(None, "a console", "local")
    room.enrol("udo")
    opened = room.open()
    answer = room.answer("udo", str(opened.data["challenge"]))
    by_phone = room.approvals.confirm(room.consent(opened, "udo", answer=answer), somewhere)
    by_password = room.approvals.confirm(room.consent(opened), somewhere)

    def use(name: str, on: bool) -> None:
        by = {"kind": "account.enabled", "actor": "test", "time": room.clock.wall()}
        room.people.write(lambda conn: accounts.change(conn, room.ids[name], {"enabled": on}, **by))

    use("adam", False)
    assert code(lambda: room.people.write(by_password)) == "initiator_gone"
    use("adam", True)
    use("sara", False)
    assert code(lambda: room.people.write(by_password)) == "wrong_name_or_password"
    use("sara", True)
    room.people.write(by_phone)
    assert code(lambda: room.people.write(by_phone)) == "approval_closed"
    assert code(lambda: room.people.write(by_password)) == "approval_closed"
    assert room.carried_out() == 1


def test_one_answer_is_used_up_by_the_first_of_two(room: ApprovalRoom):
    room.enrol("udo")
    answer, udo = room.answer("udo", "12345678"), room.ids["udo"]
    uses = [room.people.read(lambda conn: factors.answered(conn, udo, "12345678", answer, room.clock.wall())) for _ in range(2)]
    room.people.write(lambda conn: uses[0](conn, udo))
    assert code(lambda: room.people.write(lambda conn: uses[1](conn, udo))) == "wrong_answer"


def test_an_authenticator_of_an_account_that_cannot_be_used(room: ApprovalRoom):
    room.enrol("udo")
    opened = room.open()
    assert room.give(EnableAccount(account=room.ids["udo"], enabled=False, why="gone"), room.login("sara")).outcome == "done"
    assert room.confirm(opened, "udo", answer=room.answer("udo", str(opened.data["challenge"]))).code == "wrong_answer"


def test_a_digest_that_was_altered_in_the_store(room: ApprovalRoom):
    opened = room.open()
    room.people.write(lambda conn: conn.execute(update(approval).values(digest="a" * 64)))
    assert room.confirm(opened).code == "other_act"
    assert room.confirm(opened, digest="a" * 64).code == "other_act"
