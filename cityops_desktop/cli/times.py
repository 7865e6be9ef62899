"""Times that a person typed on the command line."""

from datetime import datetime, tzinfo

from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.texts import N_


def typed_ms(text: str, zone: tzinfo | None) -> int | None:
    """UTC ms; a time of this zone (None = the machine's) when it has no offset; None when nothing was typed. OperatorError."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return round((moment if moment.tzinfo or zone is None else moment.replace(tzinfo=zone)).timestamp() * 1000)
    except (ValueError, OverflowError, OSError) as error:
        what, do = N_("this is no time: {text}"), N_("write it like 2026-01-31 or 2026-01-31T08:00")
        raise OperatorError(Problem(what, do, params={"text": text}), Exit.USAGE) from error
