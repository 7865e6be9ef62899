"""From lines to alarms, when nobody who writes the lines means well."""

import pytest

from cityops_desktop.logs.rules import MOST_FOLLOWED, RuleBook
from cityops_desktop.model.loglines import Channel, LogLine, LogRule, Severity
from cityops_desktop.model.points import Level


def line(text, source="10.0.0.1", host="", app="sshd", severity=Severity.ERROR):
    return LogLine(0, source, Channel.UDP, 4, severity, host, app, text)


def rule(words="Failed", id="r", **more):
    return LogRule(id, Level.MAJOR, words, **more)


def hits(found):
    return [(hit.rule, hit.source, hit.present) for hit in found]


def test_a_text_made_for_an_expression_does_not_stop_the_others():
    book = RuleBook([rule("(a+)+$", "slow"), rule("root", "other")])
    assert hits(book.take(line("a" * 60 + "! root"), 1.0)) == [("other", "10.0.0.1", True)]
    assert (book.slow(), book.slow(), book.resting(1.0), book.resting(60.0)) == (["slow"], [], ["slow"], [])
    assert hits(book.take(line("aaa"), 60.0)) == [("slow", "10.0.0.1", True)]


def test_forged_senders_do_not_make_a_rule_forget_whom_it_follows():
    book = RuleBook([rule(count=2, within=86_400.0), rule("Failed", "single")])
    for n in range(3 * MOST_FOLLOWED):
        book.take(line("Failed", f"forged-{n}"), 1.0)
    assert not [hit for hit in book.take(line("Failed"), 2.0) if hit.rule == "r"]
    assert [hit.source for hit in book.take(line("Failed"), 3.0) if hit.rule == "r"] == ["10.0.0.1"]


def test_a_count_in_a_long_time_is_not_forgotten_after_an_hour():
    book = RuleBook([rule(count=2, within=86_400.0)])
    book.take(line("Failed"), 0.0)
    assert book.tick(7200.0) == []
    assert hits(book.take(line("Failed"), 7200.0)) == [("r", "10.0.0.1", True)]
    assert book.tick(7400.0) == []
    assert hits(book.tick(7500.0)) == [("r", "10.0.0.1", False)]


def test_lines_that_come_too_far_apart_raise_nothing():
    book = RuleBook([rule(count=2, within=10.0)])
    assert [book.take(line("Failed"), mono) for mono in (0.0, 11.0, 22.0)] == [[], [], []]
    assert hits(book.take(line("Failed"), 30.0)) == [("r", "10.0.0.1", True)]


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (line("Failed\n2026-11-23 08:00 10.9.9.9 all is well"), "10.0.0.1 sshd: Failed 2026-11-23 08:00 10.9.9.9 all is well"),
        (line("Failed", host="core-sw-1"), "10.0.0.1 (core-sw-1) sshd: Failed"),
        (line("Failed <img src=file:///etc/x>", app=""), "10.0.0.1 Failed 〈img src=file:///etc/x〉"),
        (line("Failed " + "x" * 9000), "10.0.0.1 sshd: Failed " + "x" * 278),
    ],
)
def test_an_alarm_tells_the_address_first_and_in_one_row_without_markup(told, text):
    assert [hit.text for hit in RuleBook([rule()]).take(told, 0.0)] == [text]
