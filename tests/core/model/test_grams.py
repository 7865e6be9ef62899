"""Pieces of words: they hold in every writing, and nothing that somebody types is anything but letters for the index."""

import re
import string

from hypothesis import example, given
from hypothesis import strategies as st

from cityops_desktop.model.grams import MOST_WORDS, folded, index_of, sought, tag, words_of

SIGNS = "漏水滴答机房温湿度UPSups1a-_/%'\"*() 　\t\0é\u212b️😀ＡＢｃ１"
TYPED = st.text(st.sampled_from(SIGNS) | st.characters(), max_size=40)


def finds(text: str, question: str) -> bool:
    """What index and comparison together say."""
    asked, inside = sought(question), folded(text)
    held = set(index_of(inside).split())
    return all(gram in held for gram in asked.grams) and all(word in inside for word in asked.words)


@given(st.text(st.sampled_from(SIGNS), max_size=60) | TYPED, st.text(st.sampled_from(SIGNS), max_size=8) | TYPED)
@example("水漏", "漏水")
@example("ups1 s11", "ups11")
@example("漏漏水漏", "漏水漏")
def test_a_question_finds_what_stands_in_the_text(text: str, question: str) -> None:
    inside = folded(text)
    assert finds(text, question) == all(word in inside for word in words_of(question))


@given(TYPED, st.integers(0, 39), st.integers(1, 12))
def test_any_piece_of_a_text_finds_it(text: str, at: int, length: int) -> None:
    inside = folded(text)
    assert finds(text, inside[at : at + length])


@given(TYPED)
def test_the_index_sees_nothing_but_letters_digits_and_blanks(text: str) -> None:
    plain = re.compile(f"[{string.ascii_lowercase}{string.digits} ]*")
    assert plain.fullmatch(index_of(folded(text)))
    assert all(plain.fullmatch(gram) and gram for gram in (*sought(text).grams, tag("p", text)))


@given(TYPED)
def test_folding_once_is_enough(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_one_and_two_signs_need_no_comparison_and_half_signs_are_none() -> None:
    assert sought("漏水").words == sought("漏").words == sought("ups").words == ()
    assert sought("漏水点").words == ("漏水点",)
    assert sought("\ud800").grams == () and words_of(" \0 ") == []
    assert len(words_of("a b c d e f g h i j k")) == MOST_WORDS
    assert finds("２号ＵＰＳ　漏水", "2号ups 漏水")
