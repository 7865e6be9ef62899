"""Drafts of a console: whole files whatever happens, damaged ones put aside, a full disk said at once, nothing that was kept is lost."""

import errno
import json
import os
import random
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.model.ids import uuid7
from cityops_desktop.paths import ROOT
from tests.ui.rooms import NOW
from ui import drafts as module
from ui.drafts import Draft, Drafts

KILLS = 12
NURSERY = """
import os, sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from ui.drafts import Draft, Drafts

def write_for_ever(folder):
    app = QCoreApplication([])
    drafts = Drafts(Path(folder))
    ids = [f"01900000-0000-7000-8000-{n:012d}" for n in range(3)]

    def save(number):
        id = ids[number % 3]
        files = {f"f{number}": drafts.save_file(f"f{number}", str(number).encode() * 500)} if number % 3 == 0 else {}
        body = {"number": number, "text": "x" * (number * 37 % 9000)}
        drafts.save(Draft(id=id, kind="k", room="r", account="a", person="p", title="t", begun=1, saved=number, body=body, files=files))

    def kept(id, number):
        os.write(1, b"%s %d\\n" % (id.encode(), number))
        save(number + 1)

    drafts.kept.connect(kept)
    save(1)
    app.exec()

for line in sys.stdin:
    child = os.fork()
    if not child:
        write_for_ever(line.strip())
    os.write(1, b"pid %d\\n" % child)
    os.waitpid(child, 0)
    os.write(1, b"dead\\n")
"""


def draft(number: int = 1, **more: object) -> Draft:
    told = {"id": uuid7(NOW), "kind": "patrol.submit", "room": "r1", "account": "p1", "person": "张工", "title": "夜间巡检"}
    told |= {"begun": NOW, "saved": NOW + number, "body": {"number": number}}
    return Draft.model_validate(told | more)


@pytest.fixture
def drafts(qtbot, tmp_path: Path):
    made = Drafts(tmp_path / "console" / "drafts")
    yield made
    made.close()


def read_again(qtbot, folder: Path) -> Drafts:
    """What another start of the console finds."""
    found = Drafts(folder)
    with qtbot.waitSignal(found.changed):
        found.read()
    return found


def test_a_draft_is_a_private_file_that_the_next_start_finds(qtbot, drafts: Drafts):
    first, second = draft(1), draft(2, kind="log.write")
    with qtbot.waitSignal(drafts.kept, check_params_cb=lambda id, saved: (id, saved) == (first.id, NOW + 1)):
        drafts.save(first)
    drafts.save(second)
    qtbot.waitUntil(lambda: drafts.is_kept(second.id))
    if os.name == "posix":
        assert stat.S_IMODE(drafts.folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in drafts.folder.iterdir()} == {0o600}
    found = read_again(qtbot, drafts.folder)
    assert found.all("patrol.submit", "r1") == [first] and found.draft(second.id) == second
    assert found.all("patrol.submit", "another room") == [] and found.all("patrol.submit", "") == [first]


def test_the_newest_of_many_edits_is_kept_and_a_dropped_draft_goes_with_its_files(qtbot, drafts: Drafts):
    id = uuid7(NOW)
    digest = drafts.save_file("picture-1", b"jpeg" * 1000)
    for number in range(50):
        drafts.save(draft(number, id=id, files={"picture-1": digest}))
    qtbot.waitUntil(lambda: drafts.is_kept(id))
    found = read_again(qtbot, drafts.folder)
    assert found.draft(id).body == {"number": 49}
    told = []
    found.file(found.draft(id), "picture-1", told.append)
    found.file(found.draft(id), "picture-2", told.append)
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told == [b"jpeg" * 1000, None]
    drafts.drop(id)
    qtbot.waitUntil(lambda: not list(drafts.folder.iterdir()))
    assert drafts.all("patrol.submit", "r1") == []


@given(place=st.integers(0, 10_000), bit=st.integers(0, 7), cut=st.booleans())
@settings(max_examples=60)
def test_a_damaged_file_is_never_taken_for_a_draft(tmp_path_factory, place: int, bit: int, cut: bool):
    folder = tmp_path_factory.mktemp("drafts")
    whole, harmed = draft(1), draft(2)
    for one in (whole, harmed):
        module.write_whole(folder, one.id + ".draft", module._sealed(one))
    file = folder / (harmed.id + ".draft")
    data = bytearray(file.read_bytes())
    place %= len(data) - 1  # the line end at the very end carries nothing
    data[place] ^= 1 << bit
    file.write_bytes(data[:place] if cut else data)
    found = module._read_all(folder)
    assert found.drafts == [whole] and found.damaged == [file.name + ".damaged"]
    assert not file.exists() and (folder / found.damaged[0]).exists()
    assert module._read_all(folder).damaged == found.damaged, "it goes on being named"


def test_a_file_that_is_something_else_is_put_aside(qtbot, tmp_path: Path):
    (tmp_path / "x.draft").write_text(json.dumps({"id": "x"}))
    text = draft().model_dump_json().encode()
    other = tmp_path / f"{uuid7(NOW)}.draft"
    module.write_whole(tmp_path, other.name, module._sealed(draft()))
    assert text and len(read_again(qtbot, tmp_path).damaged) == 2, "a draft under the name of another is none"


def test_what_no_draft_names_goes_after_a_day(tmp_path: Path):
    named = draft(files={"picture-1": "0" * 64})
    module.write_whole(tmp_path, named.id + ".draft", module._sealed(named))
    old = ["picture-1.file", "picture-2.file", ".x.draft.12.part"]
    for name in (*old, "picture-3.file"):
        (tmp_path / name).write_bytes(b"x")
    for name in old:
        os.utime(tmp_path / name, (1_000_000_000, 1_000_000_000))
    assert module._read_all(tmp_path).drafts == [named]
    assert {file.name for file in tmp_path.iterdir()} == {named.id + ".draft", "picture-1.file", "picture-3.file"}


def test_a_full_disk_is_said_at_once_and_kept_when_there_is_room_again(qtbot, drafts: Drafts, monkeypatch: pytest.MonkeyPatch):
    write = module.write_whole

    def full(folder: Path, name: str, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    one = draft(1)
    drafts.save(one)
    qtbot.waitUntil(lambda: drafts.is_kept(one.id))
    monkeypatch.setattr(module, "write_whole", full)
    later = draft(2, id=one.id)
    drafts.save(later)
    qtbot.waitUntil(lambda: drafts.trouble.startswith("The disk of this console is full"))
    assert drafts.draft(one.id) == later and not drafts.is_kept(one.id), "what is typed is still there, and not said to be kept"
    assert read_again(qtbot, drafts.folder).draft(one.id) == one, "what was kept before is as it was"
    monkeypatch.setattr(module, "write_whole", write)
    last = draft(3, id=one.id)
    drafts.save(last)
    qtbot.waitUntil(lambda: drafts.is_kept(one.id))
    assert not drafts.trouble and read_again(qtbot, drafts.folder).draft(one.id) == last


def test_what_waits_is_written_when_the_window_closes(qtbot, drafts: Drafts):
    every = [draft(number) for number in range(5)]
    for one in every:
        drafts.save(one)
    drafts.close()
    assert {one.id for one in read_again(qtbot, drafts.folder).all("patrol.submit", "r1")} == {one.id for one in every}


def test_nothing_that_was_kept_is_lost_by_a_kill(tmp_path: Path):
    """A console is killed in the middle of writing, again and again: what it was told to be kept is there and whole."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=environment, text=True
    ) as nursery:
        assert nursery.stdin is not None and nursery.stdout is not None
        for kill in range(KILLS):
            folder = tmp_path / str(kill)
            nursery.stdin.write(f"{folder}\n")
            nursery.stdin.flush()
            acknowledged: dict[str, int] = {}
            child, after = 0, random.randrange(1, 30)
            for line in iter(nursery.stdout.readline, "dead\n"):
                id, _, number = line.strip().partition(" ")
                if id == "pid":
                    child = int(number)
                    continue
                acknowledged[id] = int(number)
                if acknowledged[id] == after:
                    os.kill(child, 9)
            found = module._read_all(folder)
            assert not found.damaged and not found.trouble
            kept = {one.id: one for one in found.drafts}
            for id, number in acknowledged.items():
                assert kept[id].saved >= number and kept[id].body["number"] == kept[id].saved
                for file, digest in kept[id].files.items():
                    assert module._checked(folder / (file + ".file"), digest) is not None, "a draft never names a file that is not there"
