"""What can be wrong with a store while it runs, as codes; and which of SQLite's errors means which."""

from enum import StrEnum


class StoreCode(StrEnum):
    """Why the store cannot write. Shown as `recording_detail` and in the alarm; the words are made where they are read."""

    DISK_FULL = "disk_full"
    IO_ERROR = "io_error"
    READ_ONLY = "read_only"
    DAMAGED = "damaged"
    CANNOT_OPEN = "cannot_open"
    LOCKED = "locked"
    NO_MEMORY = "no_memory"
    FILE_GONE = "file_gone"
    BUSY = "busy"
    CLOSED = "closed"
    TOO_SLOW = "too_slow"


class StoreError(Exception):
    """The store could not do it: nothing of the job was kept. `detail` is SQLite's own text, for the log."""

    def __init__(self, code: StoreCode, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.detail = detail


class StoreBusy(StoreError):
    """Too many jobs are waiting already, or no read connection became free in time."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(StoreCode.BUSY, detail)


_PRIMARY = {
    5: StoreCode.LOCKED,
    6: StoreCode.LOCKED,
    7: StoreCode.NO_MEMORY,
    8: StoreCode.READ_ONLY,
    10: StoreCode.IO_ERROR,
    11: StoreCode.DAMAGED,
    13: StoreCode.DISK_FULL,
    14: StoreCode.CANNOT_OPEN,
    15: StoreCode.LOCKED,
    26: StoreCode.DAMAGED,
}
_DAMAGED_IO = {10 | 33 << 8: StoreCode.DAMAGED, 10 | 34 << 8: StoreCode.DAMAGED}
"""SQLITE_IOERR_CORRUPTFS and SQLITE_IOERR_DATA: the file's content, not the disk."""


def code_of(error: BaseException | None) -> StoreCode | None:
    """The trouble that a database error stands for; None when it is a mistake of the job itself (a constraint, a wrong statement)."""
    while error is not None:
        number = getattr(error, "sqlite_errorcode", None)
        if number is not None:
            return _DAMAGED_IO.get(number) or _PRIMARY.get(number & 0xFF)
        error = getattr(error, "orig", None)
    return None
