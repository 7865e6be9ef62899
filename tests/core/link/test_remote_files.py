"""The line that pairs a console: read as the station writes it, and nothing else taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.link.remote import fingerprint_of, read_line, station_folder
from cityops_desktop.people.consoles import new_code

PRINT = fingerprint_of(b"certificate")


@given(st.sampled_from(["10.0.0.5", "station-1.example", "[::1]", "机房"]), st.integers(1, 65535))
def test_a_line_of_the_station_is_read(host, port):
    code = new_code()
    line = read_line(f"  cityops1 {host}:{port}\n{PRINT.lower()}  {code.lower()} ")
    assert line is not None
    assert (line.host, line.port, line.fingerprint, line.code, line.url) == (host, port, PRINT, code, f"https://{host}:{port}")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "cityops1",
        f"cityops2 a:1 {PRINT} {'A' * 26}",
        f"cityops1 a {PRINT} {'A' * 26}",
        f"cityops1 a:0 {PRINT} {'A' * 26}",
        f"cityops1 a:65536 {PRINT} {'A' * 26}",
        f"cityops1 a:1 {PRINT[:-3]} {'A' * 26}",
        f"cityops1 a:1 {PRINT} {'A' * 8}",
        f"cityops1 a:1 {PRINT} {'A' * 26} more",
    ],
)
def test_anything_else_is_none(line):
    assert read_line(line) is None


@given(st.text(max_size=200))
def test_no_text_breaks_it(text):
    read_line(text)
    folder = station_folder(text)
    assert folder is None or folder.name == text


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", "-x", "a" * 65, "a\\b", "a b"])
def test_what_cannot_be_a_name(name):
    assert station_folder(name) is None
