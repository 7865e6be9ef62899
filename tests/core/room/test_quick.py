"""What libyaml reads quickly, the library in Python reads in the same way; what it would read otherwise is left to the library."""

import io
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from cityops_desktop import paths
from cityops_desktop.errors import OperatorError
from cityops_desktop.room.document import read_by_library, read_document, read_quickly

FILE = Path("room.yaml")
SHIPPED = sorted([*paths.PROFILES.glob("*.yaml"), *paths.ROOMS.rglob("*.yaml")])
MANY = settings(max_examples=300, deadline=None)
ROOM = """\
# a room
room: {id: r1, name: {zh: 机房, en: "Room 1"}, size: [18, 12.5], origin: demo}   # a comment
site:
  note: >-
    Two rows of a text: with signs, # and
    'quotes' that are only text.

  mode: plain words, with a comma - and 'quotes' # and a comment
buses:
- id: line
  port: /dev/ttyUSB7
  at: 12:30
  on: on
  count: 010
- {id: tcp,
   host: 10.0.0.5, ratio: 1e3,
   'it''s': '', "hex": 0x1F}
devices:
  -
    id: a
    readable: [[holding, 0, 20], []]
  - - nested
    - {}
  - -5
  - true
1: one
"""


def alike(text: str) -> bool:
    """Was it read quickly? Then the library must see the same values of the same types at the same lines."""
    tree = read_quickly(FILE, text)
    if tree is None:
        return False
    assert repr(tree) == repr(read_by_library(FILE, text))
    return True


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_file_that_comes_with_the_program_is_plain(file: Path) -> None:
    assert alike(file.read_text(encoding="utf-8"))


def test_all_that_is_plain() -> None:
    assert alike(ROOM)
    tree = read_document(FILE, ROOM)
    line = tree.at(("buses", 0))
    assert line.plain() == {"id": "line", "port": "/dev/ttyUSB7", "at": "12:30", "on": "on", "count": 10}
    assert line.where == "room.yaml:10" and line.mapping["on"].where == "room.yaml:13"
    assert tree.at(("buses", 1, "it's")).value == "" and tree.at(("buses", 1, "hex")).where == "room.yaml:17"
    assert tree.at(("site", "note")).value == "Two rows of a text: with signs, # and 'quotes' that are only text."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "a:\n",
        "a: ~",
        "a: &b 1",
        "a: *b",
        "a: !!int 1",
        "a: 1\na: 2",
        "{a: 1, a: 2}",
        'a: "\\u0041"',
        "? a\n: b",
        "a: b: c",
        "a:\n    b: 1\n  c: 2",
        "a: [1, 2",
        "a: {b: 1} c",
        "a: {b: 1}\n  c",
        "a:\t1",
        "a: 1\r\nb: 2",
        "---\na: 1",
        "a: 1\n...\n",
        "%YAML 1.1",
        "a: 1e999",
        "a: \x85",
        "a: \ud800",
        "a: " + "[" * 70 + "]" * 70,
    ],
)
def test_what_is_left_to_the_library(text: str) -> None:
    assert read_quickly(FILE, text) is None


@MANY
@given(text=st.text(alphabet="{}[]:,-#'\"ab01.\n  <=>", max_size=60))
def test_any_punctuation_is_read_alike(text: str) -> None:
    alike(text)


@MANY
@given(rows=st.lists(st.sampled_from([row + end for row in ROOM.split("\n") for end in ("", " ", " #", ":", " x")]), max_size=8))
def test_any_rows_are_read_alike(rows: list[str]) -> None:
    alike("\n".join(rows))


@MANY
@given(seed=st.integers(0, 2**32))
def test_a_file_with_slips_is_read_alike(seed: int) -> None:
    chance = random.Random(seed)
    text = list(ROOM)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(text))
        text[at] = chance.choice(["", text[at] * 2, chance.choice("{}[]:,-\n #'\"x0>"), chance.choice(text), "\n  " + text[at]])
    alike("".join(text))


@MANY
@given(
    value=st.recursive(
        st.booleans()
        | st.integers(-99, 99)
        | st.floats(allow_nan=False)
        | st.text(max_size=12)
        | st.sampled_from(["on", "12:30", "010", "-"]),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5) | st.integers(0, 3), inner, max_size=4),
        max_leaves=12,
    ),
    brackets=st.sampled_from([True, False, None]),
    width=st.sampled_from([20, 4000]),
)
def test_what_the_library_writes_is_read_alike(value: object, brackets: bool | None, width: int) -> None:
    out = io.BytesIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.width, yaml.allow_unicode = brackets, width, True
    yaml.dump(value, out)
    alike(out.getvalue().decode())


def test_a_plain_file_with_a_fault_is_told_by_the_library() -> None:
    with pytest.raises(OperatorError) as caught:
        read_document(FILE, "a: 1\na: 2\n")
    assert caught.value.problems[0].where == "room.yaml:2"
