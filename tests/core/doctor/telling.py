"""Ways to ask the doctor and to read what it found."""

from collections.abc import Iterable

from cityops_desktop.doctor.finding import Finding
from cityops_desktop.texts import tr


def told(findings: Iterable[Finding]) -> list[str]:
    """Each finding as "state: sentence → cure"."""
    lines = []
    for finding in findings:
        do = tr(finding.do, **finding.params)
        lines.append(f"{finding.state.value}: {tr(finding.what, **finding.params)}" + (f" → {do}" if do else ""))
    return lines
