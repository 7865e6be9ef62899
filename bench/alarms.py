"""Alarms: what judging, storing, asking and showing them costs, what storms and kills do to them, and a flood of syslog beside them."""

from bench.alarms_parts.falls import measure_falls
from bench.alarms_parts.horn import measure_horn
from bench.alarms_parts.lines import measure_lines
from bench.alarms_parts.page import measure_page
from bench.alarms_parts.query import measure_query
from bench.alarms_parts.rules import measure_rules, measure_storm
from bench.page import Part


def measures() -> Part:
    """Some minutes, most of it the kills."""
    how = (
        "The alarm book judges 5,000 points with four limits each, once a second, with dead bands and delays. A storm raises 1,000 alarms "
        "within one second over the real store. A million occurrences are asked by every pair of conditions. A process with the real book "
        "and store, which is told a seeded list of readings, acknowledges and resets, is killed with SIGKILL at random moments and started "
        "anew; each time its state is compared with one that is computed from the list. Syslog comes over UDP beside the whole demo room."
    )
    found = [*measure_rules(), *measure_storm(), *measure_page(), *measure_query(), *measure_lines(), *measure_falls(), *measure_horn()]
    return "Alarms", how, found
