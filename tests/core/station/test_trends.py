"""Saved views, notes and marks on a real store: whose they are, who sees them, what the station reckons and what it records."""

import asyncio
import base64
import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection, select

from cityops_desktop.audit.verify import verify
from cityops_desktop.link.acts import AddNote, AnyAct, DeleteView, SaveView, ShareView, WithdrawNote
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.messages import BusInfo, DeviceInfo, NamesInfo, PointInfo, RoomInfo
from cityops_desktop.link.trends import ViewContent, ViewInfo
from cityops_desktop.model.alarms import Alarm, AlarmState, Cause
from cityops_desktop.model.days import DayCount
from cityops_desktop.model.envelope import Past, Strip, envelope, samples
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Person, Role
from cityops_desktop.model.points import Group, Kind, Level
from cityops_desktop.people import accounts
from cityops_desktop.people.people import People
from cityops_desktop.sentences import CHANGE_KINDS
from cityops_desktop.station.access import Access, Guarded
from cityops_desktop.station.acts.trends import TrendActs
from cityops_desktop.station.figures import LONGEST_EXACT_MS
from cityops_desktop.station.refusals import Refusals
from cityops_desktop.station.trends import MOST_ALARMS, MOST_MARKS, StationTrends
from cityops_desktop.store import alarms as alarm_table
from cityops_desktop.store import changes, happened
from cityops_desktop.store.schema import change, note
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock
from tests.core.people.site import CHEAP, DOMAIN, GOOD, refused

HOUR = 3_600_000
PEOPLE = {"dina": Role.DUTY, "dora": Role.DUTY, "lea": Role.SHIFT_LEADER, "udo": Role.AUDITOR, "vera": Role.VIEWER}
NAMES = NamesInfo(zh="点", en="point")


def png(wide: int = 10, high: int = 10, more: bytes = b"") -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", wide, high) + more


def room() -> RoomInfo:
    def point(key: str, kind: Kind = Kind.ANALOG) -> PointInfo:
        device = key.partition(".")[0]
        return PointInfo(
            key=key, device=device, names=NAMES, kind=kind, group=Group.ENVIRONMENT, unit="°C", decimals=1, period=1.0, limits=[]
        )

    devices = [DeviceInfo(id=id, bus="line1", names=NAMES, group=Group.ENVIRONMENT, sensitive=id == "secret") for id in ("a", "secret")]
    points = [point("a.x"), point("a.d", Kind.DIGITAL), point("a.text", Kind.TEXT), point("secret.x")]
    bus = BusInfo(id="line1", names=NAMES, driver="modbus-tcp", resource="x")
    return RoomInfo(
        id="r1",
        names=NAMES,
        domain=DOMAIN,
        timezone="Asia/Shanghai",
        version="v",
        origin="real",
        buses=[bus],
        devices=devices,
        points=points,
    )


class Recorded:
    """A history whose samples a test gives, by key."""

    def __init__(self) -> None:
        self.strips: dict[str, Strip] = {}

    def past(self, keys: Sequence[str], start: int, end: int, buckets: int) -> Past:
        found = {key: self.strips[key].between(start, end) for key in keys if key in self.strips}
        width = max(1, (end - start) // buckets)
        told = {key: envelope(strip, width) if len(strip) > 4 * buckets else strip for key, strip in found.items()}
        return Past(min((int(strip.time[0]) for strip in self.strips.values()), default=None), told)

    def at(self, keys: Sequence[str], time: int) -> Past:
        raise AssertionError("nobody asks this here")

    def days(self, keys: Sequence[str], start: int, end: int) -> list[DayCount]:
        found = []
        for key in keys:
            for day in sorted({int(time) // 86_400_000 for time in self.strips[key].time}) if key in self.strips else ():
                found.append(DayCount(key, day, 1, 0, 1000))
        return found

    def samples(self, keys: Sequence[str], start: int, end: int) -> Iterator[tuple[str, Strip]]:
        for key in keys:
            if key in self.strips:
                strip = self.strips[key].between(start, end)
                half = len(strip) // 2
                yield key, strip.rows(0, half)
                yield key, strip.rows(half, len(strip))


@dataclass
class Site:
    """The people, a store, and a history; without a wire and without HTTP."""

    store: Store
    clock: FakeClock
    people: People
    acts: TrendActs
    trends: StationTrends
    history: Recorded
    persons: dict[str, Person] = field(default_factory=dict)
    sent: dict[str, Credentials] = field(default_factory=dict)

    def act(self, name: str, act: AnyAct) -> dict[str, Any]:
        """Exactly what a command does: checked, and in one transaction."""
        sent = self.sent[name]
        who = self.people.check(sent.session, sent.bound, act.kind)
        job = self.acts.acts()[act.kind](act, who)

        def whole(conn: Connection) -> Any:
            self.people.recheck(conn, who, act.kind)
            return job(conn)

        return dict(self.people.write(whole) or {})

    def views(self, name: str = "") -> list[ViewInfo]:
        return asyncio.run(self.trends.views(self.sent.get(name, NOBODY))).views

    def save(self, name: str, called: str, **more: Any) -> str:
        return str(self.act(name, SaveView(name=called, content=ViewContent(points=["a.x"], span=900), **more))["view"])

    def kinds(self) -> list[tuple[str, str]]:
        """Kind and actor of every row of these acts."""
        names = {person.id: name for name, person in self.persons.items()}
        rows = self.store.read(lambda conn: conn.execute(select(change.c.kind, change.c.actor).order_by(change.c.seq)).all())
        return [(kind, names[actor]) for kind, actor in rows if kind.startswith(("view.", "note."))]

    def log(self, kind: str, time: int, **body: object) -> None:
        self.people.write(lambda conn: changes.append(conn, kind=kind, subject="station", actor="station", time=time, body=body))

    def marks(self, start: int, end: int, keys: Sequence[str] = ("a.x",), name: str = "dina") -> Any:
        return asyncio.run(self.trends.marks(list(keys), start, end, self.sent.get(name, NOBODY)))


NOBODY = Credentials(None, "somewhere", "local")


@pytest.fixture
def site(tmp_path: Path, clock: FakeClock) -> Iterator[Site]:
    store = Store.open(tmp_path, clock)
    people = People(store, clock, DOMAIN)
    people.load()
    history = Recorded()
    refusals = Refusals(store, clock)
    access = Access(people, refusals, clock, Guarded(room().devices))
    made = Site(store, clock, people, TrendActs(people, history, room()), StationTrends(store, people, access, history, room()), history)
    hashed = CHEAP.hash(GOOD)
    for name, role in PEOPLE.items():

        def add(conn: Connection, name: str = name, role: Role = role) -> Person:
            return accounts.add(
                conn, name=name, display=name.title(), password=hashed, roles=[role], domain=DOMAIN, actor=None, time=clock.wall()
            )

        made.persons[name] = people.write(add)
    people.load()
    for name in PEOPLE:
        made.sent[name] = Credentials(people.login(name, GOOD, name, f"desk of {name}").token, f"desk of {name}", "local")
    yield made
    refusals.finish()
    store.close()


# views


def test_a_view_is_its_owners_until_it_is_shared(site: Site) -> None:
    view = site.save("lea", "Cold  aisle ")
    [own] = site.views("lea")
    assert (own.id, own.name, own.own, own.owner, own.roles) == (view, "Cold aisle", True, "Lea", [])
    assert own.content == ViewContent(points=["a.x"], span=900)
    assert site.views("dina") == site.views() == []
    site.act("lea", ShareView(view=view, roles=[Role.DUTY, Role.AUDITOR, Role.DUTY]))
    [seen] = site.views("dina")
    assert (seen.id, seen.own, seen.owner, seen.roles) == (view, False, "Lea", [Role.AUDITOR, Role.DUTY])
    assert [one.id for one in site.views("udo")] == [view] and site.views("vera") == site.views() == []
    site.act("lea", ShareView(view=view, roles=[Role.VIEWER]))
    assert [one.id for one in site.views()] == [one.id for one in site.views("dina")] == [view], "what viewers see everybody sees"
    site.act("lea", ShareView(view=view, roles=[]))
    assert site.views("dina") == [] and len(site.views("lea")) == 1
    assert verify(site.store.data, site.clock).findings == []


def test_a_name_is_there_once_for_each_person_and_replaced_when_wished(site: Site) -> None:
    first, other = site.save("dina", "a"), site.save("dina", "b")
    site.save("dora", "a")
    assert refused(lambda: site.save("dina", "a")).code == "view_name_taken"
    assert site.save("dina", "a", replace=True) == first
    assert refused(lambda: site.save("dina", "a", id=other)).code == "view_name_taken"
    site.save("dina", "a", id=other, replace=True)
    assert [(view.id, view.name) for view in site.views("dina")] == [(other, "a")]
    site.act("dina", DeleteView(view=other))
    assert site.views("dina") == [] and len(site.views("dora")) == 1
    assert refused(lambda: site.act("dina", DeleteView(view=other))).code == "no_such_view"
    saved = ("view.saved", "dina")
    ended = ("view.deleted", "dina")
    assert site.kinds() == [saved, saved, ("view.saved", "dora"), saved, ended, saved, ended]
    assert verify(site.store.data, site.clock).findings == [], "what ended keeps its row"


def test_nobody_changes_what_is_somebody_elses(site: Site) -> None:
    view = site.save("lea", "night")
    for act in (DeleteView(view=view), SaveView(id=view, name="x", content=ViewContent())):
        assert refused(lambda act=act: site.act("dina", act)).code == "no_such_view"
    assert refused(lambda: site.act("dina", ShareView(view=view, roles=[Role.DUTY]))).code == "no_right"
    mine = site.save("dina", "mine")
    assert refused(lambda: site.act("lea", ShareView(view=mine, roles=[Role.DUTY]))).code == "no_such_view", "it was never shared"


def test_what_others_see_is_changed_only_by_who_may_share(site: Site) -> None:
    view = site.save("lea", "night")
    site.act("lea", ShareView(view=view, roles=[Role.DUTY]))
    site.save("lea", "night shift", id=view)
    lea = site.persons["lea"]

    def demote(conn: Connection) -> None:
        conn.exec_driver_sql("UPDATE role_grant SET role = 'duty' WHERE account = ?", (lea.id,))

    site.people.write(demote)
    for change_it in (lambda: site.save("lea", "x", id=view), lambda: site.act("lea", DeleteView(view=view))):
        assert refused(change_it).code == "view_is_shared"


def test_a_person_keeps_a_hundred_views(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cityops_desktop.store.views.MOST", 2)
    site.save("dina", "a"), site.save("dina", "b")
    assert refused(lambda: site.save("dina", "c")).code == "too_many_views"
    site.save("dora", "c")


# notes


def fill(site: Site, key: str, values: Sequence[float], end: int) -> None:
    times = np.arange(len(values), dtype=np.int64) * 1000 + end - 1000 * (len(values) - 1)
    figures = np.array(values, np.float64)
    site.history.strips[key] = samples(times, figures, np.where(np.isfinite(figures), 0, 2).astype(np.uint8))


def write(site: Site, name: str = "dina", keys: Sequence[str] = ("a.x",), picture: bytes | None = None, **more: Any) -> str:
    now = site.clock.wall()
    told = {"begins": now - HOUR, "ends": now, "points": list(keys), "text": "门一直开着", **more}
    if picture is not None:
        told["picture"] = base64.b64encode(picture).decode()
    return str(site.act(name, AddNote(**told))["note"])


def test_the_station_reckons_what_a_note_says(site: Site) -> None:
    now = site.clock.wall()
    fill(site, "a.x", [99.0, *[20.0] * 3598, float("nan"), 24.0, 22.0], now)
    fill(site, "a.d", [0.0, 1.0, 1.0], now)
    site.history.strips["a.x"] = site.history.strips["a.x"].rows(1, 3602)
    write(site, keys=["a.x", "a.d", "a.x"], picture=png())
    page = asyncio.run(site.trends.notes(now - 10, now, site.sent["vera"]))
    [one] = page.notes
    assert (one.actor_name, one.begins, one.ends, one.text, one.picture, page.more) == ("Dina", now - HOUR, now, "门一直开着", True, False)
    x, d = one.figures
    assert (x.key, x.low, x.high, x.last, x.count, x.bad, x.unit) == ("a.x", 20.0, 24.0, 22.0, 3600, 1, "°C")
    assert x.mean == pytest.approx((20.0 * 3598 + 46) / 3600)
    assert (d.low, d.high, d.last, d.count, d.mean) == (0.0, 1.0, 1.0, 3, None), "of states there is no mean"
    assert asyncio.run(site.trends.note_picture(one.id, site.sent["vera"])) == png()
    body = site.store.read(lambda conn: conn.execute(select(change.c.body).where(change.c.kind == "note.added")).scalar_one())
    assert json.loads(body)["picture"].startswith("sha256:") and json.loads(body)["how"] == {"console": "dina"}
    assert verify(site.store.data, site.clock).findings == []


def test_a_picture_exchanged_past_the_program_is_found(site: Site) -> None:
    id = write(site, picture=png())
    site.people.write(lambda conn: conn.execute(note.update().where(note.c.id == id).values(picture=png(11))))
    [finding] = verify(site.store.data, site.clock).findings
    assert (finding.code, finding.subject, finding.detail) == ("record_differs", f"note:{id}", "picture")


def test_a_long_span_has_no_mean_but_its_extremes(site: Site) -> None:
    now = site.clock.wall()
    fill(site, "a.x", [20.0] * 5000 + [31.5] + [21.0], now)
    write(site, begins=now - LONGEST_EXACT_MS - 1)
    [figure] = asyncio.run(site.trends.notes(0, now, NOBODY)).notes[0].figures
    assert (figure.low, figure.mean, figure.high, figure.last, figure.count, figure.bad) == (20.0, None, 31.5, 21.0, 5002, None)


def test_a_point_without_any_record_has_no_figures_and_no_zero(site: Site) -> None:
    write(site)
    [figure] = asyncio.run(site.trends.notes(0, site.clock.wall(), NOBODY)).notes[0].figures
    assert (figure.low, figure.mean, figure.high, figure.last, figure.count) == (None, None, None, None, 0)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"keys": ["gone.x"]}, "no_such_point"),
        ({"keys": ["a.text"]}, "no_such_point"),
        ({"begins": 5, "ends": 5}, "bad_request"),
        ({"begins": 0, "ends": 400 * 86_400_000}, "bad_request"),
        ({"picture": b"GIF89a" + bytes(40)}, "bad_request"),
        ({"picture": png(30_000, 30_000)}, "bad_request"),
        ({"picture": b"\x89PNG"}, "bad_request"),
    ],
)
def test_what_is_no_note_is_refused(site: Site, more: dict[str, Any], code: str) -> None:
    assert refused(lambda: write(site, **more)).code == code
    assert site.kinds() == []


def test_only_duty_and_above_write_notes(site: Site) -> None:
    for name in ("vera", "udo"):
        assert refused(lambda name=name: write(site, name)).code == "no_right"


def test_a_note_is_withdrawn_by_its_author_or_a_shift_leader_and_stays(site: Site) -> None:
    mine, hers = write(site), write(site, "dora")
    assert refused(lambda: site.act("dina", WithdrawNote(note=hers, why="?"))).code == "not_your_note"
    site.act("dina", WithdrawNote(note=mine, why="another room"))
    site.act("lea", WithdrawNote(note=hers, why="wrong curve"))
    assert refused(lambda: site.act("lea", WithdrawNote(note=hers, why="again"))).code == "note_withdrawn"
    assert refused(lambda: site.act("lea", WithdrawNote(note="none", why="again"))).code == "no_such_note"
    now = site.clock.wall()
    told = {one.id: one.withdrawn_by for one in asyncio.run(site.trends.notes(0, now, NOBODY)).notes}
    assert told == {mine: "Dina", hers: "Lea"}
    assert site.marks(now - 2 * HOUR, now).notes == [], "what was withdrawn is no mark"


def test_notes_about_sensitive_devices_are_shown_to_persons_only(site: Site) -> None:
    id = write(site, keys=["a.x", "secret.x"], picture=png())
    now = site.clock.wall()
    assert asyncio.run(site.trends.notes(0, now, NOBODY)).notes == []
    assert site.marks(0, now, name="").notes == []
    with pytest.raises(Exception, match="log_in_to_see"):
        asyncio.run(site.trends.note_picture(id, NOBODY))
    assert len(asyncio.run(site.trends.notes(0, now, site.sent["vera"])).notes) == 1
    plain = write(site)
    assert [one.id for one in asyncio.run(site.trends.notes(0, now, NOBODY)).notes] == [plain]
    with pytest.raises(Exception, match="no_such_note_picture"):
        asyncio.run(site.trends.note_picture(plain, NOBODY))
    without = room().model_copy(update={"points": [point for point in room().points if point.device == "a"]})
    before = site.trends._access
    access = Access(site.people, before._refusals, site.clock, Guarded(one for one in without.devices if one.id == "a"))
    later = StationTrends(site.store, site.people, access, site.history, without)
    assert [one.id for one in asyncio.run(later.notes(0, now, NOBODY)).notes] == [plain], "the room has that device no more"
    assert len(asyncio.run(later.notes(0, now, site.sent["vera"])).notes) == 2


# marks


def raise_alarm(site: Site, time: int, subject: str = "a.x", returned: int | None = None, level: Level = Level.MAJOR) -> None:
    state = AlarmState.UNACKNOWLEDGED if returned is None else AlarmState.RETURNED
    one = Alarm(uuid7(time), f"{subject}#high1", subject, Cause.HIGH, level, state, time, returned=returned)
    site.people.write(lambda conn: alarm_table.save(conn, one, time))


def test_marks_are_of_the_points_shown_their_device_line_and_the_station(site: Site) -> None:
    now = site.clock.wall()
    for subject in ("a.x", "a", "bus:line1", "station", "a.d", "secret", "secret.x"):
        raise_alarm(site, now - 1000, subject)
    raise_alarm(site, now - 5 * HOUR, returned=now - 2000)
    raise_alarm(site, now - 5 * HOUR, returned=now - 4 * HOUR)
    raise_alarm(site, now - 5 * HOUR)
    page = site.marks(now - HOUR, now)
    assert sorted(alarm.subject for alarm in page.alarms) == ["a", "a.x", "a.x", "bus:line1", "station"]
    assert not page.grouped and page.crowds == []
    assert {one.subject for one in site.marks(now - HOUR, now, ["a.d", "unknown"]).alarms} == {"a", "a.d", "bus:line1", "station"}


def test_what_is_too_much_is_counted_in_crowds_with_the_worst_level(site: Site) -> None:
    now = site.clock.wall()
    start = now - 100 * HOUR
    for n in range(MOST_ALARMS + 50):
        raise_alarm(site, start + n * 20 * 60_000, level=Level.CRITICAL if n == 7 else Level.MINOR)
    page = site.marks(start, now)
    assert page.grouped and page.alarms == [] and page.total >= MOST_ALARMS + 50
    assert sum(crowd.count for crowd in page.crowds) == MOST_ALARMS + 50 and len(page.crowds) <= 101
    worst = [crowd for crowd in page.crowds if crowd.level == 1]
    assert len(worst) == 1 and worst[0].start <= start + 7 * 20 * 60_000 <= worst[0].end
    near = site.marks(start, start + 10 * HOUR)
    assert not near.grouped and 0 < len(near.alarms) * 2 + len(near.notes) + len(near.events) <= MOST_MARKS


def test_the_stations_own_times_are_marks(site: Site) -> None:
    now = site.clock.wall()
    site.log("station.started", now - 3000, last_recorded=None)
    site.log("config.applied", now - 2000)
    site.log("clock.jumped", now - 1500, **{"from": now - 1500, "to": now - 9000, "seconds": -8})
    site.log("session.opened", now - 1000)
    page = site.marks(now - 3500, now)
    assert [(event.kind, event.time, event.until) for event in page.events] == [
        ("station.started", now - 3000, None),
        ("config.applied", now - 2000, None),
        ("clock.jumped", now - 1500, now - 9000),
    ]
    assert set(happened.EVENTS) <= set(CHANGE_KINDS)


def test_when_nothing_was_recorded_and_why(site: Site) -> None:
    start = 1_000_000_000
    log = site.log
    log("station.started", start, last_recorded=None)
    log("recording.paused", start + 10, detail="disk_full journal.db")
    log("recording.resumed", start + 20, detail="")
    log("station.stopped", start + 100)
    log("station.started", start + 200, last_recorded=start + 99)
    log("station.restarted", start + 400, last_recorded=start + 300)
    log("recording.paused", start + 500, detail="")
    log("station.restarted", start + 600, last_recorded=start + 500)
    log("station.stopped", start + 700)
    log("station.started", start + 900, last_recorded=None)
    log("recording.paused", start + 1000, detail="")

    def told(first: int, last: int) -> list[tuple[str, int, int | None]]:
        page = site.marks(start + first, start + last)
        return [(one.why, one.start - start, None if one.end is None else one.end - start) for one in page.pauses]

    whole = [("paused", 10, 20), ("down", 99, 200), ("down", 300, 400), ("paused", 500, 600), ("down", 500, 600), ("down", 700, 900)]
    assert told(1, 2000) == [*whole, ("paused", 1000, None)]
    assert told(120, 150) == [("down", 99, 200)], "it began before and ended after"
    assert told(12, 15) == [("paused", 10, 20)]
    assert told(30, 90) == []
    assert told(1500, 1600) == [("paused", 1000, None)]


def test_since_when_a_point_is_recorded(site: Site) -> None:
    now = site.clock.wall()
    fill(site, "a.x", [1.0] * 10, now)
    fill(site, "a.d", [1.0] * 5, now)
    page = site.marks(now - HOUR, now, ["a.x", "a.d", "secret.x"])
    assert page.firsts == {"a.x": now - 9000, "a.d": now - 4000, "secret.x": None} and page.oldest == now - 9000
    assert site.marks(now - HOUR, now, ["secret.x"], name="").firsts == {}, "of a sensitive device nothing is told to nobody"
    assert page.began is not None
