"""OCRA against every vector of RFC 6287, appendix C, and what the station accepts of an authenticator."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.people import ocra

KEY20 = b"12345678901234567890"
KEY32 = b"12345678901234567890123456789012"
KEY64 = b"1234567890123456789012345678901234567890123456789012345678901234"
STEP = 0x132D0B6
"""Minutes until 2008-03-25 12:06 UTC, the time of the vectors."""
REPEATED = [str(digit) * 8 for digit in range(10)]

ONE_WAY = [
    (
        "OCRA-1:HOTP-SHA1-6:QN08",
        KEY20,
        REPEATED,
        ["237653", "243178", "653583", "740991", "608993", "388898", "816933", "224598", "750600", "294470"],
    ),
    (
        "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1",
        KEY32,
        ["12345678"] * 10,
        ["65347737", "86775851", "78192410", "71565254", "10104329", "65983500", "70069104", "91771096", "75011558", "08522129"],
    ),
    ("OCRA-1:HOTP-SHA256-8:QN08-PSHA1", KEY32, REPEATED[:5], ["83238735", "01501458", "17957585", "86776967", "86807031"]),
    (
        "OCRA-1:HOTP-SHA512-8:C-QN08",
        KEY64,
        REPEATED,
        ["07016083", "63947962", "70123924", "25341727", "33203315", "34205738", "44343969", "51946085", "20403879", "31409299"],
    ),
    ("OCRA-1:HOTP-SHA512-8:QN08-T1M", KEY64, REPEATED[:5], ["95209754", "55907591", "22048402", "24218844", "36209546"]),
]
SERVER = [f"CLI2222{n}SRV1111{n}" for n in range(5)]
CLIENT = [f"SRV1111{n}CLI2222{n}" for n in range(5)]
MUTUAL = [
    ("OCRA-1:HOTP-SHA256-8:QA08", KEY32, SERVER, ["28247970", "01984843", "65387857", "03351211", "83412541"]),
    ("OCRA-1:HOTP-SHA256-8:QA08", KEY32, CLIENT, ["15510767", "90175646", "33777207", "95285278", "28934924"]),
    ("OCRA-1:HOTP-SHA512-8:QA08", KEY64, SERVER, ["79496648", "76831980", "12250499", "90856481", "12761449"]),
    ("OCRA-1:HOTP-SHA512-8:QA08-PSHA1", KEY64, CLIENT, ["18806276", "70020315", "01600026", "18951020", "32528969"]),
]
SIGNED = [
    ("OCRA-1:HOTP-SHA256-8:QA08", KEY32, [f"SIG1{n}000" for n in range(5)], ["53095496", "04110475", "31331128", "76028668", "46554205"]),
    (
        "OCRA-1:HOTP-SHA512-8:QA10-T1M",
        KEY64,
        [f"SIG1{n}00000" for n in range(5)],
        ["77537423", "31970405", "10235557", "95213541", "65360607"],
    ),
]


@pytest.mark.parametrize(("name", "key", "questions", "expected"), [*ONE_WAY, *MUTUAL, *SIGNED])
def test_the_vectors_of_the_standard(name: str, key: bytes, questions: list[str], expected: list[str]):
    suite = ocra.suite(name)
    told = [ocra.answer(suite, key, question, counter=n, pin="1234", step=STEP) for n, question in enumerate(questions)]
    assert told == expected


@pytest.mark.parametrize(
    "name",
    ["", "OCRA-2:HOTP-SHA1-6:QN08", "OCRA-1:HOTP-MD5-6:QN08", "OCRA-1:HOTP-SHA1-6:QN08-S064", "OCRA-1:HOTP-SHA1-6:QN08-T1D", "TOTP"],
)
def test_other_suites_are_not_guessed_at(name: str):
    with pytest.raises(ValueError, match="suite"):
        ocra.suite(name)


@given(st.binary(min_size=32, max_size=32), st.integers(0, 10**8 - 1), st.integers(10**12, 2 * 10**12), st.integers(-4, 4))
def test_an_answer_holds_for_a_minute_before_and_after_and_once(secret: bytes, number: int, time: int, late: int):
    kept, challenge = ocra.base64.b32encode(secret).decode(), f"{number:08}"
    given_answer = ocra.now(kept, challenge, time)
    after = time + late * ocra.STEP_MS
    used = ocra.accepted(kept, challenge, f"{given_answer[:4]} {given_answer[4:]}", after, None)
    wrong_by_chance = {ocra.now(kept, challenge, after + n * ocra.STEP_MS) for n in (-1, 0, 1)} if abs(late) > 1 else set()
    assert (used is not None) == (abs(late) <= 1 or given_answer in wrong_by_chance)
    if used is not None and given_answer not in wrong_by_chance:
        assert ocra.accepted(kept, challenge, given_answer, after, used) is None, "each answer once"


def test_two_challenges_in_one_minute_and_none_of_an_earlier_one():
    secret, time = ocra.new_secret(), 1_790_000_000_000
    used = ocra.accepted(secret, "11111111", ocra.now(secret, "11111111", time), time, None)
    assert used is not None
    second = ocra.now(secret, "22222222", time)
    assert ocra.accepted(secret, "22222222", second, time, used) is not None
    before = ocra.now(secret, "22222222", time - ocra.STEP_MS)
    assert ocra.accepted(secret, "22222222", before, time, used) is None


@pytest.mark.parametrize("typed", ["", "1234567", "123456789", "abcdefgh", "１２３４５６７８", "-1234567"])
def test_what_is_no_answer(typed: str):
    assert ocra.number(typed) == ""
    assert ocra.accepted(ocra.new_secret(), "12345678", typed, 1_790_000_000_000, None) is None


def test_the_secret_as_it_is_typed():
    secret = ocra.new_secret()
    assert len(ocra.key(secret)) == 32
    assert ocra.key(ocra.shown(secret).lower()) == ocra.key(secret)
    for broken in ("", secret[:20], "!" * 52):
        with pytest.raises(ValueError):
            ocra.key(broken)
    assert f"secret={secret.rstrip('=')}" in ocra.uri(secret, "张工", "CityOps Desktop")
