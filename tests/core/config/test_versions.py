"""Versions in the store: numbers without a gap, nothing on a base that is old, each row what the change log says."""

import json

import pytest
from sqlalchemy import select, update

from cityops_desktop.config import bundle, versions
from cityops_desktop.config.versions import Content, DamagedVersion
from cityops_desktop.model.refused import Refused
from cityops_desktop.store import record
from cityops_desktop.store.schema import change, config_version

CONTENT = Content(bundle.pack({"room.yaml": "x"}), {"limit:a.b#c": {"value": 1.5}}, "r" * 64, "f" * 64)


def add(store, base, content=CONTENT, kind="apply", **more):
    given = {"counts": {"limit changed": 1}, "actor": "station", "why": "because", "time": 1_790_000_000_000 + base, **more}
    return store.write(lambda conn: versions.append(conn, content, base=base, kind=kind, **given)).result()


def test_versions_follow_each_other_and_read_back(store):
    assert store.read(versions.newest) is None
    assert [add(store, 0, kind="first"), add(store, 1), add(store, 2, kind="override")] == [1, 2, 3]
    newest = store.read(versions.newest)
    assert (newest.number, newest.head.base, newest.head.kind, newest.content) == (3, 2, "override", CONTENT)
    assert store.read(lambda conn: versions.read(conn, 1)).head.base is None
    assert store.read(lambda conn: versions.read(conn, 9)) is None
    newest = store.read(versions.listed)[0]
    assert (newest.number, newest.why, newest.actor_name, newest.counts) == (3, "because", "station", {"limit changed": 1})


@pytest.mark.parametrize("base", [0, 2, 7])
def test_another_base_than_the_newest_is_refused_and_leaves_nothing(store, base):
    add(store, 0)
    with pytest.raises(Refused, match="base_changed"):
        add(store, base)
    assert store.read(versions.newest_number) == 1
    assert len(store.read(lambda conn: conn.execute(select(change)).all())) == 1


def test_the_change_row_holds_all_of_the_version(store):
    add(store, 0, act={"console": "c"})
    row = store.read(lambda conn: conn.execute(select(config_version)).mappings().one())
    told = store.read(lambda conn: conn.execute(select(change)).mappings().one())
    body = json.loads(told["body"])
    assert (told["kind"], body.pop(record.ACT)) == ("config.applied", {"console": "c"})
    assert body == record.told(config_version, row)
    assert body["files"].startswith("sha256:")


@pytest.mark.parametrize(
    "damage", [{"summary": "{"}, {"summary": "[]"}, {"summary": '{"kind": "no"}'}, {"overrides": '{"a": 1}'}, {"overrides": "x"}]
)
def test_a_damaged_row_is_told_with_its_number(store, damage):
    add(store, 0)
    store.write(lambda conn: conn.execute(update(config_version).values(damage))).result()
    with pytest.raises(DamagedVersion) as error:
        store.read(versions.newest)
    assert error.value.number == 1
