"""The way back into a stopped station's accounts: the part of `account recover` that opens the store itself."""

import getpass
from collections.abc import Callable
from pathlib import Path

import filelock
from sqlalchemy import Connection

from cityops_desktop.cli.client import refused
from cityops_desktop.clock import SystemClock
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.link.files import read_small
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import passwords, recovery
from cityops_desktop.people import policy as policies
from cityops_desktop.store.files import unusable
from cityops_desktop.store.store import RECORDS, Store
from cityops_desktop.store.trouble import StoreError
from cityops_desktop.texts import N_


def recover_account(folder: Path, name: str, password: Callable[[], str]) -> None:
    """Give the account a temporary password, which is asked for once the station is known to be stopped. OperatorError."""
    if not (folder / RECORDS).is_file():
        raise OperatorError(
            Problem(what=N_("there is no station's store here"), do=N_("name its data directory with --data"), where=str(folder)),
            Exit.STORE,
        )
    lock = filelock.FileLock(folder / "station.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise OperatorError(
            Problem(what=N_("the station is running"), do=N_("stop it, recover the account, start it again"), where=str(folder)),
            Exit.IN_USE,
        ) from error
    except OSError as error:
        raise unusable(folder / "station.lock", error) from error
    try:
        _recover(folder, name, password())
    finally:
        lock.release()


def _recover(folder: Path, name: str, password: str) -> None:
    clock = SystemClock()
    store = Store.open(folder, clock, _origin(folder))
    try:
        passwords.require(password, name, store.read(policies.policy))
        secret, now, user = passwords.hashed(password), clock.wall(), getpass.getuser()

        def run(conn: Connection) -> None:
            recovery.recover(conn, name, secret, user=user, time=now)

        store.write(run).result()
    except Refused as error:
        raise refused(error.code, error.params) from error
    except StoreError as error:
        raise unusable(folder / RECORDS, error) from error
    finally:
        store.close()


def _origin(folder: Path) -> str:
    try:
        return read_small(folder / "origin").decode("utf-8", "replace").strip()[:100]
    except OSError as error:
        raise unusable(folder / "origin", error) from error
