"""Questions and sessions over the console's end of the wire, and the secret by which a station knows a console again."""

import stat

import pytest
from PySide6.QtGui import QWindow

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.config import Draft, Review
from cityops_desktop.link.messages import Refusal
from cityops_desktop.link.people import OwnPage, RightsPage
from cityops_desktop.model.people import Outcome, Role
from tests.ui.canned_station import CannedStation
from tests.ui.conftest import SESSION
from tests.ui.peoplerooms import own_page, rights_page, session_of
from ui.attendance import Attendance
from ui.link import Link
from ui.models.room import RoomModel
from ui.settings import Settings


@pytest.fixture
def link(qtbot, canned: CannedStation):
    link = Link(canned.data, RoomModel(), secret="s3cret" * 7)
    with qtbot.waitSignal(link.model.connectedChanged):
        link.start()
    yield link
    link.stop()


def asked(qtbot, link: Link, kind, path: str, **query: str | int | None):
    told = []
    link.ask(path, kind, told.append, query)
    qtbot.waitUntil(lambda: len(told) == 1)
    return told[0]


def test_a_question_carries_the_session_the_console_and_its_words(qtbot, link: Link, canned: CannedStation):
    canned.answers["/api/v1/rights"] = (200, rights_page())
    link._set_session(SESSION)
    assert isinstance(asked(qtbot, link, RightsPage, "/api/v1/rights", text="张工 & 李", before=5, to=None), RightsPage)
    _, path, sent, _ = canned.requests[-1]
    headers = {name.lower(): value for name, value in sent.items()}
    assert path == "/api/v1/rights?text=%E5%BC%A0%E5%B7%A5%20%26%20%E6%9D%8E&before=5"
    assert headers["x-cityops-session"] == SESSION.token and headers["x-cityops-console"] == "s3cret" * 7


@pytest.mark.parametrize(
    ("answer", "outcome", "code"),
    [
        ((403, Refusal(code="no_right")), Outcome.REFUSED, "no_right"),
        ((200, b"nonsense"), Outcome.UNKNOWN, "no_answer"),
        ((500, b""), Outcome.UNKNOWN, "no_answer"),
    ],
)
def test_what_is_no_answer_says_why(qtbot, link: Link, canned: CannedStation, answer, outcome, code):
    canned.answers["/api/v1/rights"] = answer
    told = asked(qtbot, link, RightsPage, "/api/v1/rights")
    assert isinstance(told, CommandResult) and (told.outcome, told.code) == (outcome, code)


def test_without_a_station_a_question_is_answered_here(link: Link):
    link.model.set_connected(False)
    told = []
    link.ask("/api/v1/rights", RightsPage, told.append)
    assert told[0].code == "no_station"


@pytest.mark.parametrize("code", ["not_logged_in", "stolen_session"])
def test_a_session_that_the_station_does_not_know_has_ended(qtbot, link: Link, canned: CannedStation, code):
    canned.answers["/api/v1/own"] = (401, Refusal(code=code))
    link._set_session(SESSION)
    asked(qtbot, link, OwnPage, "/api/v1/own")
    assert link.session is None and link.locked


def test_an_old_answer_does_not_end_the_session_of_who_came_since(qtbot, link: Link, canned: CannedStation):
    canned.answers["/api/v1/own"] = (401, Refusal(code="not_logged_in"))
    held = canned.hold("/api/v1/own")
    link._set_session(SESSION)
    told = []
    link.ask("/api/v1/own", OwnPage, told.append)
    link._set_session(session_of(Role.DUTY, id="session-9"))
    held.set()
    qtbot.waitUntil(lambda: bool(told))
    assert link.session is not None and link.session.id == "session-9"


def test_a_draft_is_put_and_its_review_comes_back(qtbot, link: Link, canned: CannedStation):
    canned.answers["/api/v1/config/draft"] = (403, Refusal(code="no_right"))
    told = []
    draft = Draft.model_construct()
    link.put("/api/v1/config/draft", draft, Review, told.append)
    qtbot.waitUntil(lambda: bool(told))
    assert canned.requests[-1][0] == "PUT" and told[0].code == "no_right"


def test_what_was_done_first_lifts_the_limits(qtbot, link: Link, canned: CannedStation):
    canned.answers["/api/v1/own"] = (200, own_page(rights=["own.read"]))
    link._set_session(session_of(Role.DUTY, limited="change_password"))
    done = []
    link.renew_limits(lambda: done.append(1))
    qtbot.waitUntil(lambda: bool(done))
    assert (link.session.limited, link.session.rights) == ("", ["own.read"])


def test_the_console_keeps_its_secret_where_only_this_user_reads_it(tmp_path):
    settings = Settings(tmp_path / "config" / "console.ini")
    secret = settings.secret()
    file = tmp_path / "config" / "console.secret"
    assert len(secret) == 43 and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Settings(tmp_path / "config" / "console.ini").secret() == secret
    file.chmod(0o644)
    assert settings.secret() != secret, "others may have read it"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("short")
    assert len(settings.secret()) == 43


def test_a_secret_that_cannot_be_kept_lasts_until_the_end(tmp_path, expected_log):
    expected_log("cannot be kept")
    (tmp_path / "file").write_text("")
    assert len(Settings(tmp_path / "file" / "console.ini").secret()) == 43


def test_a_window_that_goes_is_watched_no_more(qtbot, link: Link):
    attendance = Attendance(link)
    window = QWindow()
    attendance.watch(window)
    window.destroy()
    del window
    attendance.watch(None)
    assert attendance._window is None
