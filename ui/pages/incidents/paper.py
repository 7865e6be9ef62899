"""An incident's report on paper (PDF): the blocks of cityops_desktop.reports as pages. Asks the station nothing."""

from cityops_desktop.link.incidents import IncidentDetail
from cityops_desktop.reports.incident import About, report
from cityops_desktop.texts import tr
from ui.models.room import RoomModel
from ui.paper import blocks, sheet
from ui.paper.run import Paint
from ui.paper.sheet import Heading


def heading_of(model: RoomModel, detail: IncidentDetail) -> Heading:
    """What stands on each page."""
    return sheet.heading_of(model, tr("Incident report {number}", number=detail.incident.number))


def pages_of(detail: IncidentDetail, about: About) -> list[list[Paint]]:
    """The whole report."""
    return blocks.pages_of(report(detail, about), landscape=True)
