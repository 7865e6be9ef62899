"""Events come out whole, however the network cuts them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import stream
from ui.stream import EventParser, StreamError

lines = st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=20)
events = st.lists(st.tuples(st.sampled_from(["copy", "change", "beat"]), st.lists(lines, min_size=1, max_size=3)), max_size=6)


@given(events, st.sampled_from(["\n", "\r\n"]), st.lists(st.integers(0, 400), max_size=12))
def test_any_cut_gives_the_same_events(wanted, end, cuts):
    text = "".join(
        f"event: {name}{end}" + "".join(f"data: {one}{end}" for one in data) + f": comment{end}id: 7{end}" + end for name, data in wanted
    )
    raw = text.encode()
    places = sorted({min(cut, len(raw)) for cut in cuts} | {0, len(raw)})
    parser, got = EventParser(), []
    for start, stop in pairwise(places):
        got += parser.feed(raw[start:stop])
    assert got == [(name, "\n".join(data).encode()) for name, data in wanted]


def test_an_event_without_data_is_none():
    assert EventParser().feed(b"event: beat\n\n:\n\ndata:x\n\n") == [("message", b"x")]


def test_an_endless_event_is_refused(monkeypatch):
    monkeypatch.setattr(stream, "MAX_EVENT", 100)
    parser = EventParser()
    parser.feed(b"data: " + b"x" * 90)
    with pytest.raises(StreamError):
        parser.feed(b"x" * 90)


def test_an_event_whose_lines_never_end_is_refused_too(monkeypatch):
    monkeypatch.setattr(stream, "MAX_EVENT", 10_000)
    parser = stream.EventParser()
    assert parser.feed(b"data: " + b"x" * 9000 + b"\n\n") != []
    assert parser.feed(b"data: " + b"x" * 9000 + b"\n\n") != [], "each event is counted for itself"
    with pytest.raises(stream.StreamError):
        for _ in range(11):
            parser.feed(b"data: " + b"x" * 1000 + b"\n")
    empty = stream.EventParser()
    with pytest.raises(stream.StreamError):
        for _ in range(11_000):
            empty.feed(b"data:\n")
