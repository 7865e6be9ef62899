"""What became of an act, in words."""

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.model.people import Outcome
from cityops_desktop.sentences import COMMAND_CODES, OUTCOMES, notify_text
from cityops_desktop.texts import tr


class _Given(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"


def result_text(result: CommandResult) -> str:
    """Such as “refused: nobody is logged in at this console: log in first”; just “done” when it was."""
    outcome = tr(OUTCOMES[result.outcome])
    if result.outcome is Outcome.DONE or not result.code:
        return outcome
    known = COMMAND_CODES.get(result.code, result.code)
    params = dict(result.params)
    if result.code == "notify_failed":
        params["why"] = notify_text(str(params.get("why", "")))
    return tr("{outcome}: {reason}", outcome=outcome, reason=tr(known).format_map(_Given(params)))
