"""The conformity list: each item by its own facts, each with a sentence; and the facts as a store has them."""

from dataclasses import replace

import pytest

from cityops_desktop.model.people import Preset, Role
from cityops_desktop.people import conformity, evidence
from cityops_desktop.people.conformity import ITEMS, Facts, State
from cityops_desktop.people.first import Newcomer
from cityops_desktop.people.people import People
from cityops_desktop.people.policy import POLICIES
from cityops_desktop.sentences import CONFORMITY, CONFORMITY_STATES
from cityops_desktop.store import changes
from tests.conftest import FakeClock

DAY = 86_400_000
NOW = 1_000 * DAY
GOOD = Facts(
    policy=POLICIES[Preset.MLPS3],
    accounts=5,
    old_passwords=(),
    without_factor=(),
    unused=(),
    mixed=(),
    idle_rights=(),
    administrators=1,
    security_administrators=1,
    auditors=1,
    remote_consoles=0,
    changes=900,
    refusals=3,
    first_change=NOW - 400 * DAY,
    anchors=4,
    last_anchor=NOW - 3 * DAY,
    last_review=NOW - 2 * DAY,
    heads=30,
    deleted=0,
    time=NOW,
)


def failed(facts: Facts) -> set[str]:
    return {item.code for item in conformity.judged(facts) if item.state is State.NOT_MET}


def test_a_room_in_order_meets_all_that_the_program_can_know() -> None:
    items = conformity.judged(GOOD)
    assert [item.code for item in items] == list(ITEMS)
    assert failed(GOOD) == set()
    unknown = {item.code for item in items if item.state is State.NOT_KNOWN}
    assert unknown == {"audit_process", "clock_source", "system_accounts", "malware", "backup", "room_access", "room_protection"}


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({"accounts": 0}, {"identity_unique"}),
        ({"old_passwords": ("张工",)}, {"password_change"}),
        ({"without_factor": ("张工",)}, {"two_factors"}),
        ({"unused": ("张工",)}, {"no_unused_accounts"}),
        ({"idle_rights": ("张工",)}, {"no_unused_accounts"}),
        ({"mixed": ("张工",)}, {"least_privilege", "three_administrators"}),
        ({"auditors": 0}, {"three_administrators"}),
        ({"security_administrators": 0}, {"three_administrators"}),
        ({"changes": 0}, {"audit_everybody"}),
        ({"anchors": 0, "last_anchor": None}, {"audit_protected_never"}),
        ({"last_anchor": NOW - 40 * DAY}, {"audit_protected"}),
        ({"last_review": None}, {"audit_reviewed_never"}),
        ({"last_review": NOW - 40 * DAY}, {"audit_reviewed"}),
        ({"deleted": 10, "first_change": NOW - 100 * DAY}, {"audit_kept"}),
        ({"deleted": 10}, set()),
        ({"policy": POLICIES[Preset.BASIC]}, {"password_change_never", "two_factors"}),
        ({"policy": replace(POLICIES[Preset.MLPS3], password_length=7)}, {"password_complexity"}),
        ({"policy": replace(POLICIES[Preset.MLPS3], tries=0)}, {"login_failures"}),
        ({"policy": replace(POLICIES[Preset.MLPS3], lock_seconds=60)}, {"login_failures"}),
        ({"policy": replace(POLICIES[Preset.MLPS3], idle_seconds=0)}, {"login_timeout"}),
    ],
)
def test_one_thing_amiss_is_one_item(facts: dict[str, object], codes: set[str]) -> None:
    items = conformity.judged(replace(GOOD, **facts))  # type: ignore[arg-type]
    assert {item.code for item in items if item.state is State.NOT_MET} == codes
    for item in items:
        assert CONFORMITY[item.code].format(**item.evidence)
        assert CONFORMITY_STATES[item.state.value]


def test_the_facts_of_a_new_station_of_level_three(people: People, clock: FakeClock) -> None:
    people.set_up(
        Preset.MLPS3,
        {
            Role.ADMINISTRATOR: Newcomer("root", "王管理", "Abcdefgh12"),
            Role.SECURITY_ADMINISTRATOR: Newcomer("zhou", "周安全", "Bcdefghi23"),
            Role.AUDITOR: Newcomer("wu", "吴审计", "Cdefghij34"),
        },
    )
    facts = people.read(lambda conn: evidence.facts(conn, people.domain, clock.wall()))
    assert (facts.accounts, facts.administrators, facts.security_administrators, facts.auditors) == (3, 1, 1, 1)
    assert (facts.mixed, facts.idle_rights, facts.unused, facts.deleted) == ((), (), (), 0)
    assert facts.without_factor == ("王管理", "吴审计", "周安全")
    assert failed(facts) == {"two_factors", "audit_protected_never", "audit_reviewed_never"}
    assert people.read(evidence.domain) == "c/d/s/r1"
    clock.advance(100 * 86_400)
    later = people.read(lambda conn: evidence.facts(conn, people.domain, clock.wall()))
    assert len(later.old_passwords) == len(later.unused) == 3
    now = clock.wall()
    people.write(lambda conn: changes.append(conn, kind="audit.verified", subject="log", actor="station", time=now, body={}))
    people.write(lambda conn: changes.append(conn, kind="audit.anchored", subject="log", actor="an account", time=now, body={}))
    anchored = people.read(lambda conn: evidence.facts(conn, people.domain, clock.wall()))
    assert (anchored.anchors, anchored.last_anchor, anchored.last_review) == (1, now, now)
