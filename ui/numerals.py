"""Numbers as the words in which people say them, in Chinese and English, each word the name of a clip. Pure; knows no unit, no sound."""

from decimal import Decimal, InvalidOperation

DIGITS_ZH = "零一二三四五六七八九"
PLACES_ZH = ("", "十", "百", "千")
GROUPS_ZH = ("", "万", "亿")
ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
GROUPS_EN = ("", "thousand", "million", "billion")
MOST = Decimal(10**12)
"""From here on a number is not said at all."""


def number(text: str, language: str) -> list[str]:
    """A decimal number as it stands on the screen ("-12.50"), without the zeros at its end; empty when it is none, or too long."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return []
    if not value.is_finite() or abs(value) >= MOST:
        return []
    whole, _, rest = f"{abs(value):f}".partition(".")
    rest = rest.rstrip("0")
    negative = value < 0
    chinese = language == "zh_CN"
    said = integer_zh(int(whole)) if chinese else integer_en(int(whole))
    if rest:
        said += ["点" if chinese else "point", *digits(rest, language)]
    return [*(["负" if chinese else "minus"] if negative else []), *said]


def digits(text: str, language: str) -> list[str]:
    """One after the other."""
    return [DIGITS_ZH[int(one)] if language == "zh_CN" else ONES[int(one)] for one in text]


def ordinal(text: str, language: str) -> list[str]:
    """The number in a name: "1" and "12" as numbers, "01" and "105" digit by digit."""
    return digits(text, language) if len(text) > 2 or text.startswith("0") else number(text, language)


def count(n: int, language: str) -> list[str]:
    """How many of something: two things are 两, not 二."""
    return ["两"] if n == 2 and language == "zh_CN" else number(str(n), language)


def integer_zh(n: int) -> list[str]:
    """105 = 一百零五, 12 = 十二, 2200 = 两千二百, 20010 = 两万零一十."""
    if n == 0:
        return ["零"]
    groups = []
    while n:
        groups.append(n % 10_000)
        n //= 10_000
    said: list[str] = []
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            continue
        if said and (group < 1000 or groups[place + 1] == 0):
            said.append("零")
        said += ["两"] if group == 2 and place else _group_zh(group)
        said += [GROUPS_ZH[place]] if place else []
    return said[1:] if said[:2] == ["一", "十"] else said


def _group_zh(group: int) -> list[str]:
    said: list[str] = []
    text = f"{group:04d}".lstrip("0")
    gap = False
    for at, one in enumerate(text):
        place = len(text) - 1 - at
        if one == "0":
            gap = True
            continue
        said += ["零"] if gap and said else []
        gap = False
        said.append("两" if one == "2" and place == 3 else DIGITS_ZH[int(one)])
        said += [PLACES_ZH[place]] if place else []
    return said


def integer_en(n: int) -> list[str]:
    """105 = one hundred and five."""
    if n == 0:
        return ["zero"]
    said: list[str] = []
    for place in range(len(GROUPS_EN) - 1, -1, -1):
        group = n // 1000**place % 1000
        if not group:
            continue
        if not place and said and group < 100:
            said.append("and")
        said += _group_en(group)
        said += [GROUPS_EN[place]] if place else []
    return said


def _group_en(group: int) -> list[str]:
    said = [ONES[group // 100], "hundred"] if group >= 100 else []
    rest = group % 100
    if rest and said:
        said.append("and")
    if rest >= 20:
        said.append(TENS[rest // 10])
        rest %= 10
    return [*said, *([ONES[rest]] if rest else [])]
