"""Finding words in any writing by the pieces that they consist of: what is indexed of a text, what is asked of the index, what is compared.

A text is found by a word when the word stands in it, anywhere, also within other words and also when it has one or two signs (漏水): as
Python's `in` says after the same folding. SQLite's own tokenizers do not find words that no blank parts. Pure; knows no table.
"""

import unicodedata
from typing import NamedTuple

MOST_WORDS = 8
"""Words of a question; further ones are not looked at."""


class Sought(NamedTuple):
    """What is asked: every one of `grams` (of the index), and `words` that must stand in the folded text besides; `words` is empty when
    the grams say all. Neither: everything is found."""

    grams: tuple[str, ...]
    words: tuple[str, ...]


def folded(text: str) -> str:
    """What is compared: large and small letters, wide and narrow signs are alike; blanks of any sort are one blank, half signs are none."""
    whole = text.encode("utf-8", "ignore").decode("utf-8")
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", whole).casefold()).replace("\0", " ").split())


def words_of(question: str) -> list[str]:
    """The words of a question, each of which must stand in a text."""
    return list(dict.fromkeys(folded(question).split()))[:MOST_WORDS]


def index_of(text: str) -> str:
    """What the index holds of a folded text: its grams, parted by blanks, each of small letters and digits only."""
    return " ".join(sorted({gram for word in text.split() for gram in _all(word)}))


def sought(question: str) -> Sought:
    """What to ask for a question that somebody typed."""
    words = words_of(question)
    grams = dict.fromkeys(gram for word in words for gram in _covering(word))
    return Sought(tuple(grams), tuple(word for word in words if len(_covering(word)) > 1))


def tag(sort: str, value: str) -> str:
    """A gram that is no part of a text: what something is called by a program. `sort` is one letter from g to w."""
    return f"{sort}{value.encode('utf-8', 'surrogatepass').hex()}"


def _all(word: str) -> set[str]:
    found = {_gram(word[at : at + length]) for length in (1, 2) for at in range(len(word) - length + 1)}
    return found | {_gram(word[at : at + 3]) for at in range(len(word) - 2) if _narrow(word[at : at + 3])}


def _covering(word: str) -> list[str]:
    """The fewest grams that say most of a word: pieces of three letters or digits, else of two signs."""
    if len(word) == 1:
        return [_gram(word)]
    found: list[str] = []
    end = 0
    for at in range(len(word) - 1):
        if at + 3 <= len(word) and _narrow(word[at : at + 3]):
            found.append(_gram(word[at : at + 3]))
            end = at + 3
        elif at + 2 > end:
            found.append(_gram(word[at : at + 2]))
            end = at + 2
    return list(dict.fromkeys(found))


def _narrow(piece: str) -> bool:
    return piece.isascii() and piece.isalnum()


def _gram(piece: str) -> str:
    return "z".join(f"{ord(sign):x}" for sign in piece)
