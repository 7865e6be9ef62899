"""A recorded device: what was asked gets what was answered, in its order, and somebody else's master reads the recorded values."""

import os
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.acquire.trace import Trace
from cityops_desktop.clock import SystemClock
from cityops_desktop.link import wire_files
from cityops_desktop.link.wire_files import Kept, Unreadable
from cityops_desktop.sim.replay import Descriptor, Replay, serve, serve_connections
from cityops_desktop.station.wires import frame_infos
from tests.drivers.modbus.room import device, point, serial_bus
from tests.drivers.modbus.slave import rtu_answer, sealed, tcp_answer
from tests.drivers.modbus.test_peers import driver_for, read
from tests.peers.ptys import pty_pair
from tests.peers.slaves import build_libmodbus_slave, libmodbus_rtu

ASK = sealed(bytes((3, 3, 0, 0, 0, 2)))
OTHER = sealed(bytes((4, 3, 0, 9, 0, 1)))


def kept(*told: tuple[bool, bytes], step: int = 20) -> list[Kept]:
    return [Kept(1000 + step * n, sent, sent, data) for n, (sent, data) in enumerate(told)]


def said(replay: Replay, question: bytes) -> list[bytes] | None:
    parts = replay.answer(question)
    return None if parts is None else [part.data for part in parts]


def test_the_same_question_gets_its_answers_in_their_order():
    one, two = sealed(b"\x03\x03\x04\0\x01\0\x02"), sealed(b"\x03\x83\x02")
    replay = Replay(kept((True, ASK), (False, one), (True, OTHER), (True, ASK), (False, b"\xff"), (False, two)))
    assert (replay.questions, replay.answers) == (2, 2)
    assert [said(replay, ASK) for _ in range(3)] == [[one], [b"\xff", two], [one]]
    assert said(replay, OTHER) == [], "silence, as then"
    assert said(replay, sealed(b"\x09\x03\0\0\0\x01")) is None
    assert [round(part.after, 3) for part in replay.answer(ASK) or ()] == [0.02, 0.04]


def test_transaction_numbers_are_those_of_who_asks_now():
    asked = b"\0\x07\0\0\0\x06" + ASK[:-2]
    wrong = b"\0\x09" + tcp_answer(asked)[2:]
    replay = Replay(kept((True, asked), (False, tcp_answer(asked)), (True, asked), (False, wrong)))
    now = b"\xff\xff" + asked[2:]
    assert said(replay, now) == [b"\xff\xff" + tcp_answer(asked)[2:]]
    assert said(replay, now) == [b"\0\x01" + tcp_answer(asked)[2:]], "as wrong as it was: two more"


@given(st.lists(st.binary(max_size=9), max_size=20))
def test_questions_are_found_in_whatever_comes(noise):
    replay = Replay(kept((True, ASK), (False, rtu_answer(ASK)), (True, OTHER), (False, rtu_answer(OTHER))))
    heard, found = bytearray(), []
    for one in noise:
        for data in (one, ASK[:3], ASK[3:]):
            heard += data
            found += replay.take(heard)
    assert found.count(ASK) == len(noise)


def test_files_are_read_back():
    frames = record(kept((True, ASK), (False, rtu_answer(ASK)), (False, b"\xff\xfe")))
    csv = "\ufeff" + "\r\n".join([wire_files.head("csv"), *(wire_files.line(one, "csv") for one in frames)]) + "\r\n"
    jsonl = "\n".join(wire_files.line(one, "json") for one in frames)
    expected = [(True, True, ASK), (False, False, rtu_answer(ASK)), (False, False, b"\xff\xfe")]
    for text in (csv, jsonl):
        assert [(one.sent, one.asked, one.data) for one in wire_files.read(text)] == expected
    for text in ("", "a,b\n1,2", '{"number": 1}', csv.replace("FF FE", "FF F")):
        with pytest.raises(Unreadable):
            wire_files.read(text)


@given(st.text())
def test_any_other_file_is_refused(text):
    try:
        assert wire_files.read(text) == []
    except Unreadable as error:
        assert error.line >= 0


def record(told: list[Kept]):
    trace = Trace(SystemClock())
    for one in told:
        trace.record(one.sent, one.data)
    pieces = trace.after(0)
    return frame_infos(driver_for(serial_bus()).frames(serial_bus(), [], pieces), pieces, {})


# somebody else's master


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_libmodbus_slave(tmp_path_factory.mktemp("libmodbus"))


VALUES = [205, 7, 65535, 1, 300]


@pytest.fixture(scope="module")
def recording(program: Path) -> str:
    """What went over the line while our master read libmodbus, as a file."""
    held = [f"h:{n}:{value}" for n, value in enumerate(VALUES)]
    clock = SystemClock()
    trace = Trace(clock)
    with pty_pair() as (ours, theirs), libmodbus_rtu(program, theirs, 1, 20, held):
        bus = serial_bus(ours, listen=0)
        unit = device(*(point(f"p{n}", address=n) for n in range(len(VALUES))))
        driver = driver_for(bus)
        session = driver.connect(bus, [unit], clock, trace.record)
        assert list(read(driver, session, bus, unit).values()) == VALUES
        session.close()
    pieces = trace.after(0)
    frames = frame_infos(driver.frames(bus, [unit], pieces), pieces, {"1": "d"})
    return "\n".join([wire_files.head("csv"), *(wire_files.line(one, "csv") for one in frames)])


@contextmanager
def served(work, *arguments) -> Iterator[list[bytes]]:
    """The replay in a thread, ended with the block; gives what was not recorded."""
    stop, unknown = threading.Event(), []
    thread = threading.Thread(target=work, args=(*arguments, stop, unknown.append))
    thread.start()
    try:
        yield unknown
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def mbpoll(*arguments: str) -> list[int]:
    """The values that mbpoll prints."""
    command = ["mbpoll", "-1", "-0", "-r", "0", "-a", "1", "-t", "4", "-o", "5", *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=30)
    return [int(value) for value in re.findall(r"^\[\d+\]:\s+(\d+)", answer.stdout, re.MULTILINE)]


def test_mbpoll_reads_the_recorded_values_on_a_serial_port(recording: str):
    replay = Replay(wire_files.read(recording))
    ours, theirs = os.openpty()
    try:
        with served(serve, replay, Descriptor(ours)) as unknown:
            count = ["-c", str(len(VALUES))]
            assert mbpoll("-m", "rtu", "-b", "9600", "-P", "none", *count, os.ttyname(theirs)) == VALUES
            assert not unknown
            assert mbpoll("-m", "rtu", "-b", "9600", "-P", "none", "-o", "0.5", "-c", "1", os.ttyname(theirs)) == []
            assert unknown[0][:2] == b"\x01\x03", "a question that was never asked gets no answer, and is told"
    finally:
        os.close(ours)
        os.close(theirs)


def test_mbpoll_reads_the_recorded_values_over_tcp():
    asked = b"\0\x07\0\0\0\x06\x01\x03\0\0\0\x02"
    replay = Replay(kept((True, asked), (False, b"\0\x07\0\0\0\x07\x01\x03\x04\0\x2a\x01\0")))
    with socket.create_server(("127.0.0.1", 0)) as listener, served(serve_connections, replay, listener):
        port = str(listener.getsockname()[1])
        assert mbpoll("-m", "tcp", "-p", port, "-c", "2", "127.0.0.1") == [42, 256]
