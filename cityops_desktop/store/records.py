"""records.db at start: made, checked, migrated after a backup. A damaged one is never replaced: the station refuses to start."""

from pathlib import Path

from pysqlite3 import dbapi2
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cityops_desktop.clock import Clock
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.store import files, schema
from cityops_desktop.store.sqlite import writing_engine
from cityops_desktop.texts import N_

CHECK_SECONDS = 3.0
SCRIPTS = Path(__file__).parent / "migrations"


def prepare(path: Path, clock: Clock) -> bool:
    """Leave a sound records.db of the newest form at `path`; True when it had to be made. OperatorError when that cannot be."""
    try:
        if not path.exists():
            _refuse_orphaned_log(path)
            files.create(path, 4096, migrate)
            return True
        version = files.inspect(path, schema.RECORDS_ID, CHECK_SECONDS, clock)
        if version > schema.SCHEMA:
            raise files.too_new(path, version, schema.SCHEMA)
        if version < schema.SCHEMA:
            _upgrade(path)
        files.keep_private(path)
    except files.Damaged as error:
        raise damaged(path, str(error)) from error
    except (DBAPIError, dbapi2.Error, OSError) as error:
        raise files.unusable(path, error) from error
    return False


def migrate(connection: Connection) -> None:
    """Run every migration that this file has not seen, inside the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.exec_driver_sql(f"PRAGMA application_id={schema.RECORDS_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version={schema.SCHEMA}")


def _upgrade(path: Path) -> None:
    engine = writing_engine(path)
    try:
        with engine.connect() as connection:
            files.copy_sound(connection, path.with_name(f"{path.name}.before-{schema.SCHEMA:04}"))
            with connection.begin():
                migrate(connection)
    finally:
        engine.dispose()


def _refuse_orphaned_log(path: Path) -> None:
    log = files.side_files(path)[0]
    if log.exists() and log.stat().st_size:
        raise OperatorError(
            Problem(
                what=N_("{name} is missing, but its write-ahead log is still there"),
                do=N_("put {name} back beside it from where it was moved or from a backup, or move the log away, too"),
                where=str(log),
                params={"name": path.name},
            ),
            Exit.STORE,
        )


def damaged(path: Path, found: str) -> OperatorError:
    """Its content is not what was written."""
    return OperatorError(
        Problem(
            what=N_("the records are damaged: {found}"),
            do=N_("put a backup in place of {name} ({name}.before-… or your own copy); to begin without the old records move {name}* away"),
            where=str(path),
            params={"found": found, "name": path.name},
        ),
        Exit.STORE,
    )
