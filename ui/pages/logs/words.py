"""The words of collected lines: how grave, what about, how they came. Asks nothing."""

from cityops_desktop.link.logs import LogIntakeInfo
from cityops_desktop.model.loglines import LogClass, Severity
from cityops_desktop.texts import N_, tr

SEVERITIES = {
    Severity.EMERGENCY: N_("emergency"),
    Severity.ALERT: N_("alert"),
    Severity.CRITICAL: N_("critical error"),
    Severity.ERROR: N_("error"),
    Severity.WARNING: N_("a warning"),
    Severity.NOTICE: N_("notice"),
    Severity.INFORMATIONAL: N_("information"),
    Severity.DEBUG: N_("debug"),
}
CLASSES = {
    LogClass.SECURITY: N_("Security"),
    LogClass.SYSTEM: N_("System"),
    LogClass.NETWORK: N_("Network device"),
    LogClass.APPLICATION: N_("Application"),
    LogClass.EQUIPMENT: N_("Equipment"),
}


def intake_text(intake: LogIntakeInfo) -> str:
    """How collecting does."""
    if intake.state == "off":
        return tr("Nothing is collected: the room file names no place to listen at (logs:)")
    words = tr("Collecting: {kept} lines since its start", kept=intake.kept)
    if intake.state == "down":
        words = tr("Not collecting now")
    if intake.dropped or intake.refused:
        words += tr("; too much: {dropped}, not allowed: {refused}", dropped=intake.dropped, refused=intake.refused)
    return f"{words}  ·  {intake.trouble}" if intake.trouble else words
