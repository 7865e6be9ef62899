"""What people write into the record reads as it was written, and numbers fit into the store."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from cityops_desktop.link.acts import Command

WHYS: list[dict[str, Any]] = [
    {"kind": "account.enable", "account": "a", "enabled": True, "why": "?"},
    {"kind": "staff.put", "account": "a", "entry": "training", "title": "?"},
    {"kind": "staff.put", "account": "a", "entry": "training", "title": "x", "note": "?"},
    {"kind": "rule.publish", "code": "a", "title": "x", "text": "?"},
]
HUGE: list[dict[str, Any]] = [
    {"kind": "config.rollback", "number": 10**30, "base": 1, "why": "x"},
    {"kind": "config.rollback", "number": 1, "base": 10**30, "why": "x"},
    {"kind": "config.apply", "digest": "0" * 64, "base": 10**30, "why": "x"},
    {"kind": "config.override", "id": "x", "value": {"value": 1}, "base": 10**30, "why": "x"},
    {"kind": "audit.anchor", "seq": 10**30, "hash": "0" * 64, "medium": "paper"},
]


def taken(act: dict[str, Any]) -> Command:
    return Command.model_validate_json(json.dumps({"id": "12345678", "deadline": 1, "act": act}))


@pytest.mark.parametrize("act", WHYS)
@pytest.mark.parametrize("sign", ["\0", "\x1b[2J", "\x07", "\x9b", "\u202e", "\u2066", "\u200f", "\u2028"])
def test_no_text_steers_a_terminal_or_turns_the_writing_round(act: dict[str, Any], sign: str) -> None:
    field = next(name for name, value in act.items() if value == "?")
    with pytest.raises(ValidationError):
        taken({**act, field: f"a{sign}b"})
    taken({**act, field: "第一行\n\t第二行 — é"})


@pytest.mark.parametrize("act", HUGE)
def test_a_number_that_no_store_holds_is_malformed(act: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        taken(act)
