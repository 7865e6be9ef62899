"""UUIDv7: ids that sort by time and need no server."""

import os
import threading
import uuid

_lock = threading.Lock()
_last = 0


def uuid7(wall_ms: int) -> str:
    """A UUIDv7 (RFC 9562) for this time; strictly increasing inside a process, whatever the clock does."""
    global _last
    with _lock:
        stamp = (wall_ms << 12) | int.from_bytes(os.urandom(2)) >> 4
        _last = stamp = max(stamp, _last + 1)
    value = (stamp >> 12 & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62
    return str(uuid.UUID(int=value | int.from_bytes(os.urandom(8)) >> 2))
