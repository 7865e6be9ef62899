"""The rule for passwords and their hash."""

import threading

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from cityops_desktop.people import passwords


@pytest.mark.parametrize("password", ["Abcdefgh12", "abcdefgh1!", "ABCDEFGH1!", "机房值班abcde12", "Correct Horse", "Ünïcödé Ñame"])
def test_strong_enough(password: str) -> None:
    assert passwords.strong(password)


@pytest.mark.parametrize(
    "password", ["", "Abcdef12!", "abcdefghijkl", "abcdefgh1234", "ABCDEFGHIJ12", "1234567890!!", "一二三四五六七八九十"]
)
def test_too_weak(password: str) -> None:
    assert not passwords.strong(password)


def test_the_hash_is_argon2id_at_the_chosen_cost() -> None:
    text = passwords.hashed("Abcdefgh12")
    found = extract_parameters(text)
    assert found.type is Type.ID
    assert (found.time_cost, found.memory_cost, found.parallelism) == (passwords.TIME_COST, passwords.MEMORY_KIB, passwords.PARALLELISM)
    assert found.memory_cost >= 64 * 1024
    assert "Abcdefgh12" not in text
    assert passwords.matches(text, "Abcdefgh12")
    assert not passwords.matches(text, "Abcdefgh13")
    assert passwords.hashed("Abcdefgh12") != text


def test_the_same_characters_composed_otherwise_are_the_same_password() -> None:
    text = passwords.hashed("Cafe\u0301 Ligne 12")
    assert passwords.matches(text, "Caf\u00e9 Ligne 12")


@pytest.mark.parametrize("stored", ["", "plain", "$argon2id$v=19$broken"])
def test_a_hash_that_is_none_matches_nothing(stored: str) -> None:
    assert not passwords.matches(stored, "Abcdefgh12")


def test_odd_characters_and_many_at_once() -> None:
    text = passwords.hashed("\ud800bcDefgh12")
    answers: list[bool] = []
    threads = [threading.Thread(target=lambda: answers.append(passwords.matches(text, "\ud800bcDefgh12"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [True] * 4
