"""Great letters: how large a font must be for its characters to have a height, and a sentence in several lines. Paints nothing."""

from functools import cache

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics

from ui import theme
from ui.widgets import lettering
from ui.widgets.lettering import Lettering

LINE = 1.22


@cache
def character(high: int) -> int:
    """The font size in px whose digits are at least so many px high: what is read across a room is the character, not its box."""
    size = high
    while QFontMetrics(theme.font(size)).tightBoundingRect("1").height() < high:
        size += 1
    return size


def one_of(texts: list[str], wide: int, size: int, bold: bool) -> str:
    """The first of them that fits; the last one if none does."""
    return next((text for text in texts if lettering.width(text, size, bold) <= wide), texts[-1])


def block(place: QRect, text: str, size: int, *, bold: bool = False, colour: str = "text") -> list[Lettering]:
    """The text in lines from the top of `place`; of what is too long for it the middle of the last line goes: the figure is at its end."""
    high = round(size * LINE)
    lines = wrapped(text, place.width(), size, bold)
    most = max(1, place.height() // high)
    if len(lines) > most:
        rest = "".join(lines[most - 1 :]).strip()
        lines = [
            *lines[: most - 1],
            lettering.metrics(size, bold).elidedText(rest, Qt.TextElideMode.ElideMiddle, place.width()),
        ]
    return [
        Lettering(QRect(place.left(), place.top() + n * high, place.width(), high), line.strip(), size, bold, colour)
        for n, line in enumerate(lines)
    ]


def largest(place: QRect, text: str, least: int) -> int:
    """The largest of three sizes at which the whole text fits into `place` in no more lines than at `least`; `least` if none does."""
    fewest = len(wrapped(text, place.width(), least, True))
    for size in (round(least * 1.6), round(least * 1.3)):
        lines = wrapped(text, place.width(), size, True)
        if len(lines) <= fewest and len(lines) * round(size * LINE) <= place.height():
            return size
    return least


def wrapped(text: str, wide: int, size: int, bold: bool = False) -> list[str]:
    """Lines that fit, broken at blanks and between Chinese characters; a word that is longer than a line is broken anywhere."""
    lines, line = [], ""
    for piece in _pieces(text):
        if not line or lettering.width((line + piece).rstrip(), size, bold) <= wide:
            line += piece
        else:
            lines.append(line)
            line = piece.lstrip()
        while lettering.width(line.rstrip(), size, bold) > wide and len(line) > 1:
            cut = next(n for n in range(len(line) - 1, 0, -1) if n == 1 or lettering.width(line[:n], size, bold) <= wide)
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line] if line.strip() else lines


CLOSING = "，。：；、）！？)"


def _pieces(text: str) -> list[str]:
    """What must stay together: words with the blank behind them, single Chinese characters with the sign behind them."""
    pieces: list[str] = []
    for sign in text:
        joins = pieces and (sign in CLOSING or sign == " " or not (_chinese(sign) or pieces[-1].endswith(" ") or _chinese(pieces[-1][-1])))
        if joins:
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces


def _chinese(sign: str) -> bool:
    return 0x2E80 <= ord(sign) <= 0xFFEF
