"""The banks of clips in resources/speech: which words there are, and their sound as samples. Composes no sentence, plays nothing.

A bank is a WAV file of 8 bit mu-law and an index of its bytes; `devtools/speech.py` makes both.
"""

import json
import logging
import sys
from array import array
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from cityops_desktop.paths import RESOURCES

log = logging.getLogger(__name__)

FOLDER = RESOURCES / "speech"
RATE = 12000
PAUSE = ""
"""The word that is a short silence: between the parts of a sentence."""
PAUSE_SECONDS = 0.18


def _expand(code: int) -> int:
    turned = ~code & 0xFF
    size = ((((turned & 0x0F) << 3) + 0x84) << ((turned & 0x70) >> 4)) - 0x84
    return -size if turned & 0x80 else size


EXPANDED = [_expand(code) for code in range(256)]
"""The 16 bit value of each mu-law code (ITU-T G.711)."""


@cache
def _bytes(volume: float) -> tuple[bytes, bytes]:
    """The low and the high byte of each code's value."""
    values = [round(value * volume) for value in EXPANDED]
    return bytes(value & 0xFF for value in values), bytes(value >> 8 & 0xFF for value in values)


class Bank:
    """The clips of one language; without its files it knows no word."""

    def __init__(self, language: str, folder: Path = FOLDER) -> None:
        self._sound = folder / f"{language}.wav"
        try:
            index: dict[str, tuple[int, int]] = json.loads((folder / f"{language}.json").read_text("utf-8"))
        except (OSError, ValueError) as error:
            log.warning("the spoken words of %s are not there: %s", language, error)
            index = {}
        self._index = index
        self.longest = max(map(len, index), default=0)

    def __contains__(self, word: str) -> bool:
        return word == PAUSE or word in self._index

    def __bool__(self) -> bool:
        return bool(self._index)

    def samples(self, words: Sequence[str], volume: float) -> "array[int]":
        """These words one after the other, 16 bit at `RATE`; those that it does not know are left out. OSError without the file."""
        codes = bytearray()
        with self._sound.open("rb") as file:
            for word in words:
                if word == PAUSE:
                    codes += b"\xff" * int(RATE * PAUSE_SECONDS)
                elif word in self._index:
                    start, size = self._index[word]
                    file.seek(start)
                    codes += file.read(size)
        both = bytearray(2 * len(codes))
        both[0::2], both[1::2] = map(codes.translate, _bytes(volume))
        samples = array("h", bytes(both))
        if sys.byteorder == "big":
            samples.byteswap()
        return samples
