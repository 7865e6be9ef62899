"""Who may ask the station something: the right is looked at for each question, and a refusal is recorded. Answers nothing itself."""

import asyncio

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people.people import People
from cityops_desktop.station.refusals import Refusals


async def may_ask(people: People, refusals: Refusals, kind: str, credentials: Credentials) -> Who:
    """Whoever asks, if that person may ask this. Refused, which is recorded with the console."""
    try:
        return await asyncio.to_thread(people.check, credentials.session, credentials.bound, kind)
    except Refused as error:
        refusals.refused(error.code, kind=kind, actor=f"console:{credentials.via}", console=credentials.via, **error.about)
        raise
