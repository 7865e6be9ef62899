"""The first start, names, and what acts upon accounts and roles do; and what of it stands in the change log."""

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from cityops_desktop.link.acts import (
    Absent,
    AcknowledgeRule,
    ChangeAccount,
    CreateAccount,
    EnableAccount,
    EndAbsence,
    EndStaff,
    GrantRole,
    PublishRule,
    PutStaff,
    ResetFactor,
    ResetPassword,
    RetireRule,
    RevokeRole,
    SetPolicy,
    UnlockAccount,
)
from cityops_desktop.model.people import Limited, Preset, Role, Way, Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts, factors, grants, recovery, rules, sessions, staff
from cityops_desktop.people import policy as policies
from cityops_desktop.people.first import Newcomer
from cityops_desktop.people.people import People
from cityops_desktop.sentences import CHANGE_KINDS, COMMAND_CODES
from cityops_desktop.station.acts.accounts import AccountActs
from cityops_desktop.station.acts.policy import PolicyActs
from cityops_desktop.station.acts.roles import RoleActs
from cityops_desktop.station.acts.staff import StaffActs
from cityops_desktop.store import changes
from cityops_desktop.store.schema import account, change, setting
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock

GOOD, OTHER, THIRD = "Abcdefgh12", "Bcdefghi23", "Cdefghij34"
HERE = "c/d/s/r1"
ROOT = Newcomer("root", "王管理", GOOD)
THREE = {
    Role.ADMINISTRATOR: ROOT,
    Role.SECURITY_ADMINISTRATOR: Newcomer("zhou", "周安全", OTHER),
    Role.AUDITOR: Newcomer("wu", "吴审计", THIRD),
}
DAY = 86_400_000


@dataclass
class House:
    """The acts of people without HTTP: checked, in one transaction, in the name of an account."""

    people: People
    clock: FakeClock

    def who(self, name: str) -> Who:
        now = self.clock.wall()
        found = self.people.read(lambda conn: accounts.by_name(conn, name, HERE, now))
        assert found is not None
        return Who(found.person, "no session", "desk", Way.FULL, Limited.NOTHING, now)

    def id(self, name: str) -> str:
        return self.who(name).person.id

    def act(self, name: str, act: Any) -> dict[str, Any]:
        who = self.who(name)
        acts = {**AccountActs(self.people).acts(), **RoleActs(self.people).acts(), **PolicyActs(self.people).acts()}
        job = (acts | StaffActs(self.people).acts())[act.kind](act, who)
        return dict(self.people.write(job) or {})

    def add(self, name: str, *roles: Role, password: str = GOOD, by: str = "root") -> str:
        act = CreateAccount(name=name, display=f"full {name}", password=password, roles=list(roles))
        return str(self.act(by, act)["account"])

    def roles(self, name: str) -> set[Role]:
        return set(self.who(name).person.roles)

    def usable(self, name: str) -> bool:
        now = self.clock.wall()

        def ask(conn: Connection) -> bool:
            found = accounts.by_name(conn, name, HERE, now)
            return found is not None and accounts.usable(conn, found, now)

        return self.people.read(ask)

    def grant_of(self, name: str, role: Role) -> str:
        found = self.people.read(lambda conn: grants.held(conn, self.clock.wall(), self.id(name)))
        return next(str(grant["id"]) for grant in found if grant["role"] == role)

    def open(self, name: str) -> str:
        who = self.who(name)
        end = self.clock.wall() + 3_600_000
        start = lambda conn: sessions.start(conn, who.person, console="d", bound=name, time=who.time, expires=end)  # noqa: E731
        return self.people.write(start).id

    def opened(self) -> set[str]:
        return {one.id for one in self.people.read(lambda conn: sessions.open_sessions(conn, self.clock.wall()))}


@pytest.fixture
def house(people: People, clock: FakeClock) -> House:
    people.set_up(Preset.BASIC, {Role.ADMINISTRATOR: ROOT})
    return House(people, clock)


@pytest.fixture
def strict(people: People, clock: FakeClock) -> House:
    people.set_up(Preset.MLPS3, THREE)
    return House(people, clock)


def code(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        act()
    assert COMMAND_CODES[caught.value.code].format(**caught.value.params)
    return caught.value.code


def log(store: Store) -> list[tuple[str, str, str, dict[str, Any]]]:
    query = select(change.c.kind, change.c.subject, change.c.actor, change.c.body).order_by(change.c.seq)
    assert store.read(changes.verify) is None
    return store.read(lambda conn: [(kind, subject, actor, json.loads(body)) for kind, subject, actor, body in conn.execute(query)])


def count(store: Store, table: Any) -> int:
    return store.read(lambda conn: int(conn.execute(select(func.count()).select_from(table)).scalar_one()))


def test_nothing_can_be_done_before_the_first_start(people: People) -> None:
    assert not people.any_account()
    assert code(lambda: people.check("token", "here", "alarm.acknowledge")) == "setup_required"


def test_the_first_administrator_is_made_once(people: People, store: Store, clock: FakeClock) -> None:
    first = {Role.ADMINISTRATOR: Newcomer(" Boss ", "老板", GOOD)}
    (boss,) = people.set_up(Preset.BASIC, first)
    assert (boss.name, boss.display, boss.roles, boss.enabled) == ("Boss", "老板", frozenset({Role.ADMINISTRATOR}), True)
    assert people.any_account()
    assert code(lambda: people.set_up(Preset.BASIC, first)) == "setup_done"
    another = People(store, clock, HERE)
    assert code(lambda: another.set_up(Preset.BASIC, first)) == "setup_done", "the store knows it, whatever this object remembers"
    assert [(kind, actor) for kind, _, actor, _ in log(store)] == [
        ("account.created", boss.id),
        ("role.granted", boss.id),
        ("policy.set", boss.id),
    ]
    assert GOOD not in json.dumps(log(store)) and "$argon2" not in json.dumps(log(store))


def test_of_many_first_starts_one_is_made(people: People, store: Store) -> None:
    outcomes: list[str] = []

    def attempt(number: int) -> None:
        try:
            people.set_up(Preset.BASIC, {Role.ADMINISTRATOR: Newcomer(f"boss {number}", "x", GOOD)})
            outcomes.append("made")
        except Refused as refused:
            outcomes.append(refused.code)

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["made", *["setup_done"] * 5]
    assert count(store, account) == 1


def test_level_three_begins_with_three_persons(strict: House, store: Store) -> None:
    assert strict.people.policy.preset is Preset.MLPS3
    assert {name: strict.roles(name) for name in ("root", "zhou", "wu")} == {
        "root": {Role.ADMINISTRATOR},
        "zhou": {Role.SECURITY_ADMINISTRATOR},
        "wu": {Role.AUDITOR},
    }
    assert store.read(policies.preset) is Preset.MLPS3
    again = People(store, strict.clock, HERE)
    again.load()
    assert again.policy.preset is Preset.MLPS3


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {Role.AUDITOR: Newcomer("ROOT", "吴审计", THIRD)},
        {Role.AUDITOR: Newcomer("wu", "吴审计", OTHER)},
        {Role.AUDITOR: Newcomer("wu", "王管理", THIRD)},
        {Role.AUDITOR: Newcomer("wu", "吴审计", "weak")},
        {Role.AUDITOR: Newcomer("wu\n", "", THIRD)},
    ],
    ids=["missing", "same name", "same password", "same person", "weak", "no name"],
)
def test_a_first_start_of_fewer_than_three_persons_makes_nobody(people: People, store: Store, wrong: dict[Role, Newcomer]) -> None:
    given = {**THREE, **wrong} if wrong else {Role.ADMINISTRATOR: ROOT}
    assert code(lambda: people.set_up(Preset.MLPS3, given)) in ("three_persons", "weak_password", "bad_request")
    assert (count(store, account), count(store, setting), people.any_account()) == (0, 0, False)


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "a\x00", "a\u202eb", "a\u200bb", "x" * 129, "\ud800", "a\u2028b"])
def test_names_that_cannot_be_shown_are_refused(house: House, name: str) -> None:
    for one in ({"name": name, "display": "ok"}, {"name": "ok", "display": name}):
        act = CreateAccount.model_construct(kind="account.create", **one, password=GOOD, roles=[], expires=None, temporary=False)
        assert code(lambda act=act: house.act("root", act)) == "bad_request"


@pytest.mark.parametrize("name", ["root", "ROOT", " Root\t"])
def test_a_name_is_taken_however_it_is_written(house: House, name: str) -> None:
    assert code(lambda: house.add(name, Role.DUTY)) == "name_taken"


def test_composed_names_are_the_same_name(house: House) -> None:
    house.add("Jose\u0301", Role.DUTY)
    assert house.who("jos\u00e9").person.name == "Jos\u00e9"
    assert code(lambda: house.add("JOS\u00c9")) == "name_taken"


def test_every_change_of_an_account_has_a_sentence_and_a_name(house: House, store: Store) -> None:
    """Each act once; all that they wrote has a person behind it and a sentence."""
    zhang = house.add("zhang", Role.DUTY)
    house.act("root", ChangeAccount(account=zhang, display="张工程师", expires=house.clock.wall() + DAY))
    house.act("root", EnableAccount(account=zhang, enabled=False, why="left"))
    assert not house.usable("zhang")
    house.act("root", EnableAccount(account=zhang, enabled=True, why="back"))
    house.act("root", UnlockAccount(account=zhang))
    house.act("root", ResetPassword(account=zhang, password=OTHER))
    leave = house.act("root", Absent(account=zhang, begins=0, ends=house.clock.wall() + DAY, why="ill"))["absence"]
    assert not house.usable("zhang")
    house.act("root", EndAbsence(absence=leave))
    assert house.usable("zhang")
    house.act("root", GrantRole(account=zhang, role=Role.ENGINEER, domain=HERE))
    house.act("root", RevokeRole(grant=house.grant_of("zhang", Role.DUTY)))
    house.act("root", ResetFactor(account=zhang, why="lost"))
    assert house.roles("zhang") == {Role.ENGINEER}
    rows = log(store)
    assert {actor for _, _, actor, _ in rows} == {house.id("root")}
    assert {kind for kind, *_ in rows} - {"password.kept"} <= set(CHANGE_KINDS)
    assert [body["how"]["why"] for kind, _, _, body in rows if kind == "account.disabled"] == ["left"]
    house.clock.advance(86_400)
    assert not house.usable("zhang"), "expired"


@pytest.mark.parametrize("how", ["disable", "password", "leave", "factors"])
def test_whoever_loses_the_account_loses_the_sessions(house: House, how: str) -> None:
    zhang = house.add("zhang", Role.DUTY)
    hers, his = house.open("zhang"), house.open("root")
    now = house.clock.wall()
    acts: dict[str, Any] = {
        "disable": EnableAccount(account=zhang, enabled=False, why="x"),
        "password": ResetPassword(account=zhang, password=OTHER),
        "leave": Absent(account=zhang, begins=now, ends=now + DAY, why="x"),
        "factors": ResetFactor(account=zhang, why="x"),
    }
    assert house.opened() == {hers, his}
    house.act("root", acts[how])
    assert house.opened() == {his}


def test_a_password_of_the_administrator_is_for_one_log_in(house: House) -> None:
    zhang = house.add("zhang", Role.DUTY)
    house.act("root", ResetPassword(account=zhang, password=OTHER))
    assert house.people.login("zhang", OTHER, "desk", "here").limited is Limited.CHANGE_PASSWORD
    assert code(lambda: house.act("root", ResetPassword(account=house.id("root"), password=OTHER))) == "own_account"
    assert code(lambda: house.act("root", ResetPassword(account="nobody", password=OTHER))) == "no_such_account"


def test_the_last_administrator_stays(house: House) -> None:
    """Neither disabled nor on leave nor with an end nor without the role, until there is a second one; then the second one stays."""
    now = house.clock.wall()
    root = house.id("root")

    def ways(who: str, name: str) -> list[Any]:
        return [
            EnableAccount(account=who, enabled=False, why="x"),
            ChangeAccount(account=who, display="x", expires=now + DAY),
            Absent(account=who, begins=now, ends=now + DAY, why="x"),
            Absent(account=who, begins=now + DAY, ends=now + 2 * DAY, why="x"),
            RevokeRole(grant=house.grant_of(name, Role.ADMINISTRATOR)),
        ]

    for act in ways(root, "root"):
        assert code(lambda act=act: house.act("root", act)) == "last_administrator"
    brief = house.add("brief")
    house.act("root", GrantRole(account=brief, role=Role.ADMINISTRATOR, domain=HERE, ends=now + DAY))
    assert code(lambda: house.act("root", ways(root, "root")[0])) == "last_administrator", "a deputy for a day is no successor"
    house.add("second", Role.ADMINISTRATOR)
    house.act("second", EnableAccount(account=root, enabled=False, why="retired"))
    longer = Absent(account=house.id("second"), begins=now, ends=now + 2 * DAY, why="x")
    assert code(lambda: house.act("second", longer)) == "last_administrator", "the deputy is there for a day only"
    house.act("second", RevokeRole(grant=house.grant_of("brief", Role.ADMINISTRATOR)))
    for act in ways(house.id("second"), "second"):
        assert code(lambda act=act: house.act("second", act)) == "last_administrator"


def test_rights_are_given_no_further_than_they_reach(house: House) -> None:
    """The first administrator's right to grant is this room's: not above, not beside, but below."""
    zhang = house.add("zhang", Role.DUTY)
    for domain in ("", "c", "c/d/s", "c/d/s/r2", "x"):
        assert code(lambda domain=domain: house.act("root", GrantRole(account=zhang, role=Role.ENGINEER, domain=domain))) == "domain_beyond"
    for domain in ("/", "c//d", " c", "c/d\n"):
        assert code(lambda domain=domain: house.act("root", GrantRole(account=zhang, role=Role.ENGINEER, domain=domain))) == "bad_request"
    below = house.act("root", GrantRole(account=zhang, role=Role.ENGINEER, domain=HERE + "/cage"))["grant"]
    assert house.roles("zhang") == {Role.DUTY}, "a role below does not count here"
    assert code(lambda: house.act("root", GrantRole(account=zhang, role=Role.DUTY, domain=HERE))) == "role_held"
    assert code(lambda: house.act("root", GrantRole(account=zhang, role=Role.VIEWER, domain=HERE, ends=1))) == "bad_request"
    house.act("root", RevokeRole(grant=below))
    assert code(lambda: house.act("root", RevokeRole(grant=below))) == "no_such_grant"
    city = house.people.write(lambda conn: grants.give(conn, zhang, [Role.AUDITOR], "c", actor="station", time=house.clock.wall()))[0]
    assert house.roles("zhang") == {Role.DUTY, Role.AUDITOR}
    assert code(lambda: house.act("root", RevokeRole(grant=city))) == "domain_beyond"


def test_level_three_keeps_apart_what_must_be(strict: House) -> None:
    zhang = strict.add("zhang")
    assert strict.roles("zhang") == set()
    assert code(lambda: strict.add("li", Role.DUTY)) == "no_right", "who makes accounts does not grant there"
    assert code(lambda: strict.act("zhou", GrantRole(account=strict.id("zhou"), role=Role.VIEWER, domain=HERE))) == "own_rights"
    strict.act("zhou", GrantRole(account=zhang, role=Role.DUTY, domain=HERE))
    strict.act("zhou", GrantRole(account=zhang, role=Role.ENGINEER, domain=HERE))
    strict.act("zhou", GrantRole(account=zhang, role=Role.VIEWER, domain=HERE))
    for role in (Role.ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR):
        assert code(lambda role=role: strict.act("zhou", GrantRole(account=zhang, role=role, domain=HERE))) == "roles_apart"
        assert code(lambda role=role: strict.act("zhou", GrantRole(account=zhang, role=role, domain=HERE + "/x"))) == "roles_apart"
    grant = strict.grant_of("zhou", Role.SECURITY_ADMINISTRATOR)
    assert code(lambda: strict.act("zhou", RevokeRole(grant=grant))) == "last_administrator"


def test_a_stricter_preset_waits_for_three_persons_and_separate_roles(house: House) -> None:
    stricter = SetPolicy(preset=Preset.MLPS3, why="audit")
    assert code(lambda: house.act("root", stricter)) == "three_administrators"
    house.add("both", Role.DUTY, Role.AUDITOR)
    house.add("zhou", Role.SECURITY_ADMINISTRATOR)
    with pytest.raises(Refused) as caught:
        house.act("root", stricter)
    assert (caught.value.code, caught.value.params) == ("roles_apart", {"names": "full both"})
    house.act("root", RevokeRole(grant=house.grant_of("both", Role.DUTY)))
    house.open("zhou")
    house.act("root", stricter)
    house.people.load_policy()
    assert house.people.policy.second_factor
    assert house.opened() == set(), "everybody logs in by the new rules"
    assert code(lambda: house.act("root", stricter)) == "same_preset"
    house.act("root", SetPolicy(preset=Preset.BASIC, why="trial over"))
    house.people.load_policy()
    assert house.people.policy.preset is Preset.BASIC


def test_who_holds_too_much_while_out_of_use_does_not_come_back_with_it(house: House) -> None:
    both, _, _ = house.add("both", Role.DUTY, Role.AUDITOR), house.add("zhou", Role.SECURITY_ADMINISTRATOR), house.add("wu", Role.AUDITOR)
    house.act("root", EnableAccount(account=both, enabled=False, why="left"))
    assert code(lambda: house.act("root", SetPolicy(preset=Preset.MLPS3, why="audit"))) == "roles_apart"


def test_the_administrator_does_not_become_another_of_the_three_by_a_password(strict: House) -> None:
    """Without a second factor the password is the account; with one it is not enough."""
    for name in ("zhou", "wu"):
        reset = ResetPassword(account=strict.id(name), password=OTHER + "x")
        assert code(lambda reset=reset: strict.act("root", reset)) == "factor_first"
        elsewhere = strict.add(f"second {name}")
        role = Role.AUDITOR if name == "wu" else Role.SECURITY_ADMINISTRATOR
        strict.act("zhou", GrantRole(account=elsewhere, role=role, domain=HERE + "/cage"))
        assert code(lambda one=elsewhere: strict.act("root", ResetPassword(account=one, password=OTHER))) == "factor_first"
    for name in ("zhou", "wu"):
        now, one = strict.clock.wall(), strict.id(name)
        begun = factors.KINDS["totp"].begin(name)

        def enrol(conn: Connection, one: str = one, begun: factors.Begun = begun, now: int = now) -> None:
            made = factors.begin(conn, one, "totp", "phone", begun, now)
            factors.confirm(conn, one, made, factors.totp_code(base64.b32decode(begun.secret), now // 1000), now)

        strict.people.write(enrol)
        strict.act("root", ResetPassword(account=one, password=OTHER + "x"))
        assert code(lambda name=name: strict.people.login(name, OTHER + "x", "desk", "here")) == "second_factor_required"


def test_an_account_that_was_made_by_another_begins_with_another_password(strict: House) -> None:
    strict.add("zhang", password=OTHER)
    assert strict.people.login("zhang", OTHER, "desk", "here").limited is Limited.CHANGE_PASSWORD


def test_nobody_unlocks_himself(house: House) -> None:
    assert code(lambda: house.act("root", UnlockAccount(account=house.id("root")))) == "own_lock"
    house.act("root", UnlockAccount(account=house.add("zhang")))


def test_leaves_that_lie_in_one_another_leave_somebody(house: House) -> None:
    """One is away for three days; the other may not go for ten around them, nor be put out of use before."""
    now, root, second = house.clock.wall(), house.id("root"), house.add("second", Role.ADMINISTRATOR)
    house.act("root", Absent(account=second, begins=now + 3 * DAY, ends=now + 6 * DAY, why="x"))
    for begins, ends in ((1, 10), (3, 6), (4, 5), (5, 9), (1, 4)):
        away = Absent(account=root, begins=now + begins * DAY, ends=now + ends * DAY, why="x")
        assert code(lambda away=away: house.act("second", away)) == "last_administrator", (begins, ends)
    assert code(lambda: house.act("second", EnableAccount(account=root, enabled=False, why="x"))) == "last_administrator"
    house.act("second", Absent(account=root, begins=now + 6 * DAY, ends=now + 9 * DAY, why="x"))


def test_a_right_that_lasts_elsewhere_is_no_successor(house: House) -> None:
    now, root, brief = house.clock.wall(), house.id("root"), house.add("brief")
    house.act("root", GrantRole(account=brief, role=Role.ADMINISTRATOR, domain=HERE, ends=now + DAY))
    house.act("root", GrantRole(account=brief, role=Role.ADMINISTRATOR, domain=HERE + "/cage"))
    assert code(lambda: house.act("brief", EnableAccount(account=root, enabled=False, why="x"))) == "last_administrator"


def test_level_three_keeps_its_last_auditor(strict: House) -> None:
    assert code(lambda: strict.act("root", EnableAccount(account=strict.id("wu"), enabled=False, why="x"))) == "last_administrator"
    grant = strict.grant_of("wu", Role.AUDITOR)
    assert code(lambda: strict.act("zhou", RevokeRole(grant=grant))) == "last_administrator"


def test_a_preset_counts_from_its_own_transaction_on(house: House) -> None:
    """Nobody comes in by the rules of a moment ago, nor acts by its rights, before the station has taken the new ones up."""
    zhou = house.add("zhou", Role.SECURITY_ADMINISTRATOR)
    house.add("wu", Role.AUDITOR)
    house.add("li")
    house.act("root", SetPolicy(preset=Preset.MLPS3, why="audit"))
    assert house.people.policy.preset is Preset.BASIC, "not taken up yet"
    opened = house.people.login("root", GOOD, "desk", "here")
    assert opened.limited is Limited.ENROL_FACTOR
    who = replace(house.who("root"), session=opened.id)
    assert code(lambda: house.people.write(lambda conn: house.people.recheck(conn, who, "role.grant"))) == "no_right"
    assert zhou


def test_the_staff_file_keeps_lines_of_one_person(house: House) -> None:
    zhang = house.add("zhang", Role.DUTY)
    line = PutStaff(account=zhang, entry="qualification", title="电工证", number="T-1", ends="2027-03-01")
    id = house.act("root", line)["id"]
    house.act("root", line.model_copy(update={"id": id, "ends": "2030-03-01"}))
    (kept,) = house.people.read(lambda conn: staff.lines(conn, zhang))
    assert (kept["ends"], kept["kind"], kept["title"]) == ("2030-03-01", "qualification", "电工证")
    assert house.people.read(lambda conn: staff.lines(conn, house.id("root"))) == []
    root = house.id("root")
    for wrong, why in (
        ({"ends": "2026-02-30"}, "bad_request"),
        ({"begins": "2027-01-02", "ends": "2027-01-01"}, "bad_request"),
        ({"account": "nobody"}, "no_such_account"),
        ({"id": "unknown"}, "no_such_entry"),
        ({"id": id, "account": root}, "no_such_entry"),
    ):
        assert code(lambda wrong=wrong: house.act("root", line.model_copy(update=wrong))) == why
    house.act("root", EndStaff(id=id, why="wrong person"))
    assert house.people.read(staff.lines) == []
    assert code(lambda: house.act("root", EndStaff(id=id, why="again"))) == "no_such_entry"


def test_a_new_version_of_a_rule_is_read_anew(house: House) -> None:
    house.add("zhang", Role.DUTY)
    first = house.act("root", PublishRule(code="R-1", title="交接班", text="…"))
    house.act("zhang", AcknowledgeRule(rule=first["rule"]))
    assert code(lambda: house.act("zhang", AcknowledgeRule(rule=first["rule"]))) == "rule_read"
    second = house.act("root", PublishRule(code="R-1", title="交接班", text="… 2"))
    assert (first["version"], second["version"]) == (1, 2)
    (newest,) = house.people.read(rules.newest)
    assert (newest["version"], newest["actor_name"]) == (2, "王管理")
    assert house.people.read(lambda conn: rules.readers(conn, second["rule"])) == {}
    assert code(lambda: house.act("root", AcknowledgeRule(rule=first["rule"]))) == "rule_not_in_force"
    assert code(lambda: house.act("root", RetireRule(rule=first["rule"], why="old"))) == "rule_not_in_force"
    house.act("zhang", AcknowledgeRule(rule=second["rule"]))
    house.act("root", RetireRule(rule=second["rule"], why="no longer"))
    assert code(lambda: house.act("root", AcknowledgeRule(rule=second["rule"]))) == "rule_not_in_force"
    assert code(lambda: house.act("root", AcknowledgeRule(rule="none"))) == "no_such_rule"
    assert house.act("root", PublishRule(code="R-1", title="交接班", text="3"))["version"] == 3


def test_the_way_back_makes_any_account_usable_once(house: House, store: Store) -> None:
    house.open("root")
    root, now = house.id("root"), house.clock.wall()
    house.people.write(
        lambda conn: accounts.change(
            conn, root, {"locked_until": now + DAY, "enabled": False, "expires": 1}, kind="t.t", actor="station", time=now
        )
    )
    house.people.write(lambda conn: grants.leave(conn, root, 0, now + DAY, "x", actor="station", time=now))
    house.people.write(lambda conn: recovery.recover(conn, "ROOT", "$hash", user="keeper", time=now))
    assert house.usable("root") and house.opened() == set()
    row = house.people.read(lambda conn: accounts.by_name(conn, "root", HERE, now))
    assert row is not None and row.row["must_change"] and row.row["locked_until"] is None
    assert house.people.read(lambda conn: factors.of(conn, root)) == []
    (body,) = [body for kind, _, actor, body in log(store) if (kind, actor) == ("account.recovered", recovery.ACTOR)]
    assert body["how"] == {"user": "keeper"}
    assert code(lambda: house.people.write(lambda conn: recovery.recover(conn, "nobody", "h", user="u", time=now))) == "no_such_account"


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR])
def test_a_shift_leader_sends_no_administrator_on_leave(house: House, role: Role) -> None:
    leader, keeper = house.add("leader", Role.SHIFT_LEADER), house.add("keeper", role)
    end = house.clock.wall() + DAY
    assert code(lambda: house.act("leader", Absent(account=keeper, begins=0, ends=end, why="away"))) == "no_right"
    assert house.usable("keeper")
    assert house.act("leader", Absent(account=leader, begins=0, ends=end, why="ill"))["absence"]
