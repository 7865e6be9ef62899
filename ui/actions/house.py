"""What is done about cleaning, visitors, goods, maintenance and contracts: the dialog makes the message, this sends it."""

from collections.abc import Sequence

from cityops_desktop.link.acts import AnyAct, CommandResult
from cityops_desktop.model.people import Outcome
from ui.actions.logbook import attach
from ui.link import Link, OnResult
from ui.widgets.attachments import ChosenFile


def give(link: Link, *, act: AnyAct, on_result: OnResult) -> None:
    """Send one of the acts cleaning.*, visit.*, goods.*, maintenance.* or contract.*."""
    link.command(act, on_result)


def give_with_files(link: Link, *, act: AnyAct, about: str, files: Sequence[ChosenFile], on_result: OnResult) -> None:
    """The files first, one after the other; then the act that names them. Where one fails that is the answer."""

    def following(left: Sequence[ChosenFile]) -> None:
        if not left:
            link.command(act, on_result)
            return

        def came(result: CommandResult) -> None:
            if result.outcome is Outcome.DONE:
                following(left[1:])
            else:
                on_result(result)

        attach(link, id=left[0].id, about=about, name=left[0].name, data=left[0].data, on_result=came)

    following(files)
