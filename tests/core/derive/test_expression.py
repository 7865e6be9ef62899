"""Expressions of derived points: what they mean, what is refused, and that no text at all can do more than reckon."""

import math
import random
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.derive.expression import Faulty, Unknown, parse
from cityops_desktop.derive.functions import FUNCTIONS, OVER_TIME, dew_point, imbalance, pressure_at_20

KEYS = ["a.x", "a.y", "b-1.x", "b-2.x", "2.5"]


class Known:
    """A world of fixed values; None = not known."""

    def __init__(self, values: Mapping[str, float | None], past: list[tuple[float, float]] | None = None) -> None:
        self.values, self.remembered = values, past or []

    def value(self, key: str) -> float:
        value = self.values.get(key)
        if value is None:
            raise Unknown(key)
        return value

    def age(self, key: str) -> float:
        return 42.0

    def past(self, node: int, value: float, minutes: float) -> list[tuple[float, float]]:
        return [*self.remembered, (0.0, value)]


def reckoned(text: str, past: list[tuple[float, float]] | None = None, **values: float | None) -> float:
    known = {"a.x": 6.0, "a.y": 2.0, "b-1.x": 10.0, "b-2.x": 30.0, "2.5": 7.0} | {
        key.replace("_", "."): value for key, value in values.items()
    }
    expression = parse(text)
    return expression.reckon(Known(known, past), expression.inputs(KEYS))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{a.x}", 6),
        ("{a.x} + {a.y} * 2 - -1", 11),
        ("({a.x} - {a.y}) / 8", 0.5),
        ("{ a.x }/{a.x}", 1),
        ("{b-1.x}-{b-2.x}", -20),
        ("{2.5} - 2.5", 4.5),
        ("sum({b-*.x})", 40),
        ("mean({b-*.x}, {a.x}, 2)", 12),
        ("max({*.x}) - min({a.x}, {a.y})", 28),
        ("spread({b-*.x})", 20),
        ("abs({a.y} - {a.x})", 4),
        ("{a.x} > {a.y}", 1),
        ("{a.x} < {a.y} < 10", 0),
        ("1 < {a.y} <= 2", 1),
        ("{a.x} == 6 and not {a.y} == 6", 1),
        ("{a.x} != 6 or {a.y} >= 3", 0),
        ("{a.x} if {a.y} > 3 else {a.y}", 2),
        ("age({a.x}) / 6", 7),
    ],
)
def test_what_an_expression_means(text: str, value: float) -> None:
    assert reckoned(text) == pytest.approx(value)


def test_there_is_no_answer_where_there_is_none() -> None:
    for text in (
        "{a.x} / ({a.y} - 2)",
        "imbalance({a.y} - 2, {a.y} - 2)",
        "1e14 * 1e14 * 1e14 * {a.x} * 1e14 * " + "1e14 * " * 20 + "1e14",
    ):
        assert math.isnan(reckoned(text)), text


def test_what_is_not_known_is_named_and_what_is_not_needed_is_not_asked() -> None:
    with pytest.raises(Unknown) as told:
        reckoned("{a.x} + {a.y}", a_y=None)
    assert told.value.key == "a.y"
    assert reckoned("{a.x} if {a.x} > 1 else {a.y}", a_y=None) == 6
    with pytest.raises(Unknown):
        reckoned("sum({*.x})", **{"b-1_x": None})


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "names no point"),
        ("1 + 1", "names no point"),
        ("{a.x", "names no point"),
        ("{a.x} +", "is no expression"),
        ("{a.x} {a.y}", "is no expression"),
        ("{A.x}", "is no point's key"),
        ("{}", "is no point's key"),
        ("{a.x} + _0", "is no expression"),
        ("{a.x} + pi", "means nothing here"),
        ("{a.x} ** 9", "may not"),
        ("{a.x} // 2", "may not"),
        ("{a.x} % 2", "may not"),
        ("{a.x}.real", "may not"),
        ("[{a.x}]", "may not"),
        ("(lambda: {a.x})()", "may not"),
        ("{a.x} + True", "may not"),
        ("{a.x} + 1j", "may not"),
        ("{a.x} + 1e300", "may not"),
        ("{a.x} + 'a'", "may not"),
        ("{a.x} in {a.y}", "may not"),
        ("f'{a.x}'", "may not"),
        ("sum(*{a.x})", "may not"),
        ("sum(a={a.x})", "may not"),
        ("open({a.x})", "there is no function"),
        ("__import__({a.x})", "there is no function"),
        ("{*.x}", "means several points"),
        ("abs({*.x})", "means several points"),
        ("age({*.x})", "means several points"),
        ("abs({a.x}, {a.y})", "has 2 arguments"),
        ("dew_point({a.x})", "has 1 arguments"),
        ("age({a.x} + 1)", "needs one point"),
        ("rate({a.x})", "needs a value and minutes"),
        ("rate({a.x}, {a.y})", "needs a value and minutes"),
        ("rate({a.x}, 0)", "needs a value and minutes"),
        ("rate({a.x}, 1000)", "needs a value and minutes"),
        ("{a.x} + " * 200 + "1", "longer than"),
    ],
)
def test_what_is_no_expression_is_told(text: str, what: str) -> None:
    with pytest.raises(Faulty) as told:
        parse(text)
    assert what in str(told.value)
    assert told.value.do.format(**told.value.params)


WORDS = ["{a.x}", "{a.y}", "{*.x}", "(", ")", "+", "-", "*", "/", "<", "==", "and", "or", "not", "if", "else", ",", "1", "0", "2.5", "_0"]


@given(st.lists(st.sampled_from([*WORDS, *FUNCTIONS, *OVER_TIME, "age", ".", "[", "]", "lambda", ":", "'"]), max_size=14).map(" ".join))
def test_any_words_are_an_expression_or_refused_and_give_a_number_or_none(text: str) -> None:
    try:
        expression = parse(text)
    except Faulty:
        return
    value = expression.reckon(Known(dict.fromkeys(KEYS, 3.0)), expression.inputs(KEYS))
    assert math.isfinite(value) or math.isnan(value)


@given(st.text(max_size=80))
def test_no_text_gets_further_than_being_refused(text: str) -> None:
    try:
        parse(text)
    except Faulty as error:
        assert str(error)


NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda one: round(one, 6))


@given(NUMBERS, NUMBERS, NUMBERS)
def test_arithmetic_is_pythons(a: float, b: float, c: float) -> None:
    found = parse("({a.x} + {a.y}) * {a.z} - {a.x} / 4").reckon(
        Known({"a.x": a, "a.y": b, "a.z": c}), {key: (key,) for key in ("a.x", "a.y", "a.z")}
    )
    assert found == (a + b) * c - a / 4


def test_figures_that_tables_give() -> None:
    assert dew_point(20, 50) == pytest.approx(9.27, abs=0.02)
    assert dew_point(25, 100) == pytest.approx(25)
    assert dew_point(10, 30) == pytest.approx(-6.77, abs=0.05)
    assert math.isnan(dew_point(20, 0)) and math.isnan(dew_point(20, 101))
    assert imbalance(460, 467, 450) == pytest.approx(1.96, abs=0.01)
    assert pressure_at_20(15.0, 20) == pytest.approx(15.0)
    assert pressure_at_20(15.0, 50) == pytest.approx(13.598, abs=0.001)


def test_rates_and_counts_over_time() -> None:
    dice = random.Random(1)
    rising = [(60.0 * ago, 20 - 0.5 * ago + dice.uniform(-0.05, 0.05)) for ago in range(10, 0, -1)]
    assert reckoned("rate({a.x}, 10)", rising, a_x=20.0) == pytest.approx(0.5, abs=0.03)
    assert math.isnan(reckoned("rate({a.x}, 30)", rising, a_x=20.0)), "of less than half of the time nothing is told"
    flaps = [(float(ago), float(ago % 2)) for ago in range(9, 0, -1)]
    assert reckoned("times({a.x} > 0, 5)", flaps, a_x=0.0) == 4
    assert [reckoned(f"{name}({{a.x}}, 5)", [(2.0, 1.0), (1.0, 9.0)], a_x=2.0) for name in ("max_of", "min_of", "mean_of")] == [9, 1, 4]
