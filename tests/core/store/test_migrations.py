"""The schema's way from one version to the next: whole or not at all, after a backup."""

import shutil
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pysqlite3 import dbapi2
from sqlalchemy import Connection

from cityops_desktop.audit.verify import verify
from cityops_desktop.clock import Clock
from cityops_desktop.errors import Exit, OperatorError
from cityops_desktop.store import changes, files, records, schema
from cityops_desktop.store.store import Store

NOW, THEN = f"{schema.SCHEMA:04}", f"{schema.SCHEMA + 1:04}"
NEXT = f"""
from alembic import op
revision = "{THEN}"
down_revision = "{NOW}"
def upgrade():
    op.execute("CREATE TABLE extra(id INTEGER PRIMARY KEY, note TEXT)")
    op.execute("INSERT INTO extra(note) SELECT kind FROM change")
"""


def add_migration(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    scripts = folder / "scripts %"
    shutil.copytree(records.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / f"{THEN}_next.py").write_text(text)
    monkeypatch.setattr(records, "SCRIPTS", scripts)
    monkeypatch.setattr(schema, "SCHEMA", schema.SCHEMA + 1)


@pytest.fixture
def data(tmp_path: Path, clock: Clock) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    store = Store.open(folder, clock)
    store.write(lambda conn: conn.exec_driver_sql("INSERT INTO probe VALUES (5, x'01')")).result(30)
    store.close()
    return folder


def test_the_newest_migration_has_the_number_of_the_schema() -> None:
    config = Config()
    config.set_main_option("script_location", str(records.SCRIPTS))
    assert ScriptDirectory.from_config(config).get_current_head() == f"{schema.SCHEMA:04}"


def test_migrations_and_tables_are_alike(store: Store) -> None:
    def differences(conn: Connection) -> list[object]:
        def ours(_item: object, name: str | None, *_more: object) -> bool:
            return not (name or "").startswith("log_words")  # FTS5 makes and keeps these

        context = MigrationContext.configure(conn, opts={"compare_type": True, "include_object": ours})
        return list(compare_metadata(context, schema.metadata))

    assert store.read(differences, 10.0) == []


def test_an_older_file_is_migrated_after_a_backup(data: Path, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (data / "records.db").read_bytes()
    add_migration(tmp_path, monkeypatch, NEXT)
    store = Store.open(data, clock)
    assert store.read(lambda conn: conn.exec_driver_sql("SELECT count(*) FROM extra").scalar()) == 0
    assert store.read(lambda conn: conn.exec_driver_sql("PRAGMA user_version").scalar()) == schema.SCHEMA
    assert store.read(lambda conn: conn.exec_driver_sql("SELECT id FROM probe").scalar()) == 5
    store.close()
    backup = data / f"records.db.before-{THEN}"
    copy = dbapi2.connect(str(backup))
    assert copy.execute("PRAGMA user_version").fetchone()[0] == int(NOW)
    assert copy.execute("SELECT id FROM probe").fetchone()[0] == 5
    copy.close()
    assert len(before) == backup.stat().st_size
    assert sorted(path.name for path in data.iterdir()) == ["journal.db", "records.db", backup.name]

    monkeypatch.undo()
    with pytest.raises(OperatorError) as caught:
        Store.open(data, clock)
    assert "update" in caught.value.problems[0].do
    backup.replace(data / "records.db")
    Store.open(data, clock).close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    data: Path, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_migration(tmp_path, monkeypatch, NEXT + '    op.execute("INSERT INTO nowhere VALUES (1)")\n')
    with pytest.raises(OperatorError) as caught:
        Store.open(data, clock)
    assert caught.value.exit_code is Exit.STORE
    assert "nowhere" in str(caught.value)
    monkeypatch.undo()
    store = Store.open(data, clock)
    tables = store.read(lambda conn: conn.exec_driver_sql("SELECT name FROM sqlite_master WHERE name = 'extra'").all())
    assert tables == []
    assert store.read(lambda conn: conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()) == NOW
    store.close()


def first_version(path: Path) -> None:
    """records.db as the first released version left it: two accounts, one with a role, and the change rows of that time."""

    def fill(conn: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(records.SCRIPTS))
        config.attributes["connection"] = conn
        command.upgrade(config, "0001")
        conn.exec_driver_sql(f"PRAGMA application_id={schema.RECORDS_ID}")
        conn.exec_driver_sql("PRAGMA user_version=1")
        for number, name in enumerate(("root", "张三"), 1):
            row = (f"id{number}", name, name, name, "$argon2id$x", 1, number)
            conn.exec_driver_sql("INSERT INTO account VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            changes.append(conn, kind="account.created", subject=f"account:id{number}", actor="station", time=number, body={"name": name})
        conn.exec_driver_sql("INSERT INTO account_role VALUES ('id1', 'administrator')")

    files.create(path, 4096, fill)


def test_accounts_of_the_first_version_keep_everything_and_the_log_tells_all_of_them(tmp_path: Path, clock: Clock) -> None:
    first_version(tmp_path / "records.db")
    store = Store.open(tmp_path, clock)
    kept = store.read(lambda conn: conn.exec_driver_sql("SELECT id, name, password, enabled, must_change FROM account ORDER BY id").all())
    assert [tuple(row) for row in kept] == [("id1", "root", "$argon2id$x", 1, 0), ("id2", "张三", "$argon2id$x", 1, 0)]
    grants = store.read(lambda conn: conn.exec_driver_sql("SELECT account, role, domain, revoked FROM role_grant").all())
    assert [tuple(row) for row in grants] == [("id1", "administrator", "", None)]
    store.close()
    report = verify(tmp_path, clock)
    assert (report.findings, report.rows) == ([], 5)
