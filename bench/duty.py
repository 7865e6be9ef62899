"""The people on duty: five years of what they write, asked, searched and reported; kills, consoles at once, changed bytes."""

import os

from bench.duty_parts.drafts import measure_drafts, measure_flips
from bench.duty_parts.falls import measure_falls
from bench.duty_parts.fill import fill
from bench.duty_parts.lists import measure_lists, measure_report
from bench.duty_parts.site import PEOPLE, Site
from bench.page import Measure, Part
from bench.rooms import demo_room
from cityops_desktop.audit.verify import verify
from cityops_desktop.cli.client import connect
from cityops_desktop.clock import SystemClock


def measures() -> Part:
    """Some ten minutes; CITYOPS_DUTY is the part of five years that is filled (1 without it), CITYOPS_KILLS the number of kills."""
    share = float(os.environ.get("CITYOPS_DUTY", "1"))
    how = (
        "A station on the demo room keeps five years of records: log lines, rounds of 60 items, signed handovers: copies "
        "of what was written through the acts, each with its row of the change log. Every list is asked over HTTP, the median of seven "
        "answers is judged. Two consoles hand in the same and different drafts of rounds at once. A process that writes entries of the log "
        "book and serious problems is killed with SIGKILL at random moments. Bits are changed in a signed handover."
    )
    found: list[Measure] = []
    with demo_room() as rooms:
        rooms.start_station()
        with connect(rooms.data) as client:
            site = Site(client)
            site.begin()
            site.log_in(*PEOPLE)
            site.template()
            found += measure_drafts(site, rooms.data)
            handover = site.hand_over()
            found += measure_flips(site.file(handover))
        assert rooms.station is not None
        rooms.station.stop()
        filled = fill(rooms.data, share)
        rooms.start_station()
        with connect(rooms.data) as client:
            site = Site(client)
            site.log_in(*PEOPLE)
            beside = f"{filled.lines:,} lines, {filled.rounds:,} rounds, {filled.handovers:,} handovers, written in {filled.seconds:.0f} s"
            found += measure_lists(site, beside)
            found += measure_report(rooms, site)
        rooms.station.stop()
        findings = verify(rooms.data, SystemClock()).findings
        found.append(Measure("findings of the audit in all of it", len(findings), 0, "findings", beside))
    return "People on duty", how, [*found, *measure_falls()]
