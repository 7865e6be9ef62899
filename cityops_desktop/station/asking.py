"""Who may ask the station something, and how the store is asked: the right is looked at for each question, a refusal is recorded."""

import asyncio
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people.people import People
from cityops_desktop.station.refusals import Refusals
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreCode, StoreError

T = TypeVar("T")
SECONDS = 5.0
"""So long a question may take."""
AT_ONCE = 3
"""So many questions are looked up at once, of all who ask: the other connections and threads are for people who act."""
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def may_ask(people: People, refusals: Refusals, kind: str, credentials: Credentials) -> Who:
    """Whoever asks, if that person may ask this. Refused, which is recorded with the console."""
    try:
        return await asyncio.to_thread(people.check, credentials.session, credentials.bound, kind)
    except Refused as error:
        refusals.refused(error.code, kind=kind, actor=f"console:{credentials.via}", console=credentials.via, **error.about)
        raise


async def look_up(store: Store, ask: Callable[[Connection], T], seconds: float = SECONDS) -> T:
    """Ask the store in a worker thread, after those who asked before. Refused: search_too_slow, busy."""
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)):
        return await asyncio.to_thread(look_up_here, store, ask, seconds)


def look_up_here(store: Store, ask: Callable[[Connection], T], seconds: float = SECONDS) -> T:
    """The same in this thread, which is a worker."""
    try:
        return store.read(ask, seconds)
    except StoreError as error:
        raise Refused("search_too_slow" if error.code is StoreCode.TOO_SLOW else "busy") from error
