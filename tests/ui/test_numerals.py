"""Numbers in words: read back they are the same number, in both languages, and every word has a clip."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.clips import Bank
from ui.numerals import DIGITS_ZH, MOST, ONES, TENS, count, number, ordinal

BANKS = {"zh_CN": Bank("zh_CN"), "en": Bank("en")}
FIGURES = st.decimals(min_value=Decimal("-99999.99"), max_value=Decimal("99999.99"), places=2)


def read_zh(words: list[str]) -> Decimal:
    """What somebody hears."""
    sign = -1 if words[0] == "负" else 1
    words = words[1:] if sign < 0 else words
    whole, rest = (words[: words.index("点")], words[words.index("点") + 1 :]) if "点" in words else (words, [])
    total = group = digit = 0
    for word in whole:
        if word in "十百千":
            group += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[word]
            digit = 0
        elif word in ("万", "亿"):
            total = (total + group + digit) * (10_000 if word == "万" else 1) if word == "万" else (total + group + digit) * 10**8
            group = digit = 0
        else:
            digit = 2 if word == "两" else DIGITS_ZH.index(word)
    figure = f"{total + group + digit}." + ("".join(str(DIGITS_ZH.index(one)) for one in rest) or "0")
    return sign * Decimal(figure)


def read_en(words: list[str]) -> Decimal:
    sign = -1 if words[0] == "minus" else 1
    words = words[1:] if sign < 0 else words
    whole, rest = (words[: words.index("point")], words[words.index("point") + 1 :]) if "point" in words else (words, [])
    total = group = 0
    for word in whole:
        if word == "hundred":
            group *= 100
        elif word in ("thousand", "million", "billion"):
            total, group = total + group * {"thousand": 10**3, "million": 10**6, "billion": 10**9}[word], 0
        elif word in ONES:
            group += ONES.index(word)
        elif word in TENS:
            group += 10 * TENS.index(word)
        else:
            assert word == "and"
    return sign * Decimal(f"{total + group}." + ("".join(str(ONES.index(one)) for one in rest) or "0"))


@given(FIGURES)
def test_every_figure_of_a_screen_is_heard_as_itself_in_words_that_have_a_clip(figure):
    for language, read in (("zh_CN", read_zh), ("en", read_en)):
        words = number(f"{figure:.2f}", language)
        assert words and all(word in BANKS[language] for word in words)
        assert read(words) == figure


@given(st.integers(min_value=0, max_value=int(MOST) - 1))
def test_long_counters_are_heard_as_themselves(n):
    assert read_en(number(str(n), "en")) == n
    assert all(word in BANKS["zh_CN"] for word in number(str(n), "zh_CN"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0", "零"),
        ("2", "二"),
        ("10", "十"),
        ("12.50", "十二点五"),
        ("20", "二十"),
        ("105", "一百零五"),
        ("110", "一百一十"),
        ("200", "二百"),
        ("2000", "两千"),
        ("2002", "两千零二"),
        ("10010", "一万零一十"),
        ("22222", "两万两千二百二十二"),
        ("100000", "十万"),
        ("102000", "十万两千"),
        ("-0.05", "负零点零五"),
        ("200000000", "两亿"),
    ],
)
def test_chinese_numbers_are_said_as_people_do(text, said):
    assert "".join(number(text, "zh_CN")) == said


@pytest.mark.parametrize(
    ("text", "said"), [("105", "one hundred and five"), ("0.5", "zero point five"), ("1010", "one thousand and ten"), ("-7", "minus seven")]
)
def test_english_numbers_are_said_as_people_do(text, said):
    assert " ".join(number(text, "en")) == said


@pytest.mark.parametrize("text", ["", "—", "nan", "inf", "1e12", "0x10", "--5"])
def test_what_is_no_number_is_not_said(text):
    assert number(text, "zh_CN") == number(text, "en") == []


def test_names_have_their_numbers_and_counts_have_two_of_something():
    assert ordinal("1", "zh_CN") == ["一"]
    assert ordinal("12", "zh_CN") == ["十", "二"]
    assert ordinal("01", "zh_CN") == ["零", "一"]
    assert ordinal("105", "en") == ["one", "zero", "five"]
    assert count(2, "zh_CN") == ["两"]
    assert count(22, "zh_CN") == ["二", "十", "二"]
    assert count(2, "en") == ["two"]
