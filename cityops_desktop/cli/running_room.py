"""What the station of a data directory runs, read from its store: the part of `room plan` that opens the store itself. Changes nothing."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from cityops_desktop.audit import reading
from cityops_desktop.cli.app import parts
from cityops_desktop.clock import SystemClock
from cityops_desktop.config import bundle, versions
from cityops_desktop.errors import OperatorError, Problem
from cityops_desktop.model.drivers import Learned
from cityops_desktop.model.rooms import Room
from cityops_desktop.room.load import load_room
from cityops_desktop.station.learning import known
from cityops_desktop.station.settle import over
from cityops_desktop.store import learned as learned_table
from cityops_desktop.store.files import unusable
from cityops_desktop.store.reader import Reader
from cityops_desktop.store.store import RECORDS
from cityops_desktop.store.trouble import StoreError
from cityops_desktop.texts import N_

SECONDS = 10.0


def running_room(folder: Path) -> tuple[Room, Mapping[str, Learned]]:
    """The room that the station of this directory runs, and what its wires have taught; beside a running station, too. OperatorError."""
    with reading.snapshot(folder):
        pass  # it is there, it is ours, and of this version
    reader = Reader(folder / RECORDS, SystemClock())
    try:
        version, rows = reader.read(lambda conn: (versions.newest(conn), learned_table.read(conn)), SECONDS)
        if version is None:
            raise OperatorError(
                Problem(what=N_("this directory has no configuration yet"), do=N_("start the station once"), where=str(folder))
            )
        with TemporaryDirectory() as place:
            plain = load_room(bundle.lay(Path(place) / "room", bundle.unpack(version.content.files)), parts.drivers)
    except StoreError as error:
        raise unusable(folder / RECORDS, error) from error
    except ValueError as error:
        raise bundle.damaged(folder / RECORDS, 0, str(error)) from error
    finally:
        reader.close()
    room = over(version, plain).room
    return room, known(rows, room.devices)
