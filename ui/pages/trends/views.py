"""The saved views of the trends page as the station keeps them: the person's own, then those shared with the person. Paints nothing."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.trends import ViewContent, ViewInfo, ViewsPage
from cityops_desktop.model.people import Role

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

MOST_POINTS, MOST_SHARE, LONGEST_SPAN = 64, 1000, 366 * 86_400
"""What the station takes at most."""
PATH = "/api/v1/trends/views"


@dataclass(frozen=True, slots=True)
class View:
    """Points in their order, how much time is shown (s), with what it is compared (days before, 0 = nothing), how high the lanes are.

    `id` "" = the station does not have it; `owner` is told of views of others, `roles` are those who see it besides.
    """

    name: str
    points: tuple[str, ...]
    span: int
    compare: int = 0
    heights: dict[str, float] = field(default_factory=dict)
    id: str = ""
    own: bool = True
    owner: str = ""
    roles: tuple[Role, ...] = ()

    def content(self) -> ViewContent:
        """What the station keeps of it."""
        heights = {name: high for name, high in self.heights.items() if 0 < high <= MOST_SHARE}
        span = min(max(1, self.span), LONGEST_SPAN)
        return ViewContent(points=list(self.points[:MOST_POINTS]), span=span, compare=self.compare, heights=heights)


class Views(QObject):
    """`changed` when others are known; `find` looks among one's own."""

    changed = Signal()

    def __init__(self, link: "Link", acts: "Acts", parent: QObject) -> None:
        super().__init__(parent)
        self._link = link
        self.all: list[View] = []
        self._number = 0
        link.sessionChanged.connect(self.ask)
        acts.carried.connect(self.ask)

    def own(self) -> list[View]:
        """Of the person here."""
        return [view for view in self.all if view.own]

    def find(self, name: str) -> View | None:
        """The own view of this name."""
        return next((view for view in self.own() if view.name == name), None)

    def ask(self) -> None:
        """Ask the station; what is known stays until it has answered."""
        self._number += 1
        number = self._number

        def came(answer: ViewsPage | CommandResult) -> None:
            if number == self._number and isinstance(answer, ViewsPage):
                self.all = [_view(info) for info in answer.views]
                self.changed.emit()

        self._link.ask(PATH, ViewsPage, came)


def _view(info: ViewInfo) -> View:
    content = info.content
    return View(
        info.name,
        tuple(content.points),
        content.span,
        content.compare,
        dict(content.heights),
        info.id,
        info.own,
        info.owner,
        tuple(info.roles),
    )
