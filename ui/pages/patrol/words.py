"""Words of patrols: states of answers and of due times, kinds of proof, kinds of items. Knows no widget."""

from cityops_desktop.duty.patrolcontent import NUMBERS, Expected, Item, ItemKind
from cityops_desktop.link.duty.patrol import Answer
from cityops_desktop.texts import N_, pick, tr
from ui.widgets.sheet import Sign

STATES = {"ok": N_("ok"), "not_ok": N_("not ok"), "unchecked": N_("not checked")}
STATE_SIGNS = {"ok": Sign.TICK, "not_ok": Sign.CROSS, "unchecked": Sign.DASH}
PROOFS = {
    Expected.WAND.value: N_("patrol wand"),
    Expected.SPOT.value: N_("scanned on the spot"),
    Expected.DESK.value: N_("scanned at the desk"),
    Expected.NONE.value: N_("no proof"),
}
"""The strongest first."""
WAYS = {
    Expected.DESK: N_("at the desk (weakest)"),
    Expected.SPOT: N_("on the spot (console carried along)"),
    Expected.WAND: N_("by a patrol wand, read later"),
}
"""How the codes of a round come."""
DOUBTS = {
    "missing": N_("no proof"),
    "wrong_code": N_("another code"),
    "weaker": N_("weaker than expected"),
    "no_time": N_("without a time"),
    "outside": N_("outside of the round"),
    "order": N_("out of order"),
    "no_scan": N_("the wand has no such line"),
}
DUES = {
    "planned": N_("planned"),
    "due": N_("due now"),
    "overdue": N_("overdue"),
    "missed": N_("missed"),
    "done": N_("done"),
    "explained": N_("missed, explained"),
}
DUE_SIGNS = {
    "planned": Sign.RING,
    "due": Sign.DISC,
    "overdue": Sign.TRIANGLE,
    "missed": Sign.BLOCK,
    "done": Sign.TICK,
    "explained": Sign.DASH,
}
GROUPS = {
    "power_distribution": N_("Power distribution"),
    "ups_battery": N_("UPS and batteries"),
    "air_conditioning": N_("Air conditioning"),
    "fresh_air": N_("Fresh air"),
    "fire_protection": N_("Fire protection"),
    "leak_detection": N_("Leak detection"),
    "surveillance": N_("Video surveillance"),
    "access_control": N_("Access control"),
    "racks": N_("Racks"),
    "network_servers": N_("Network and servers"),
    "monitoring_host": N_("Monitoring host"),
    "environment": N_("Environment"),
    "cleanliness": N_("Cleanliness"),
    "security": N_("Security"),
    "other": N_("Other"),
}
ITEM_KINDS = {
    ItemKind.CHECK: N_("yes or no"),
    ItemKind.NUMBER: N_("a number"),
    ItemKind.CHOICE: N_("choice"),
    ItemKind.PHOTO: N_("picture"),
    ItemKind.TEXT: N_("some words"),
    ItemKind.READING: N_("reading beside the live value"),
}


def number_text(value: float) -> str:
    """A number as a person types it."""
    return f"{value:.10g}"


def limits_text(item: Item) -> str:
    """Between what a number is ok; "" = there are no limits."""
    unit = f" {item.unit}" if item.unit else ""
    if item.low is not None and item.high is not None:
        return tr("ok from {low} to {high}", low=number_text(item.low), high=number_text(item.high)) + unit
    if item.low is not None:
        return tr("ok from {low} up", low=number_text(item.low)) + unit
    return tr("ok up to {high}", high=number_text(item.high)) + unit if item.high is not None else ""


def given_text(item: Item, one: Answer) -> str:
    """What was given: a number with its unit, the word chosen, the text; "" = nothing but a state."""
    if item.kind in NUMBERS:
        return "" if one.value is None else f"{number_text(one.value)} {item.unit}".strip()
    if item.kind is ItemKind.CHOICE:
        return next((pick(choice.name) for choice in item.choices if choice.id == one.choice), "")
    if item.kind is ItemKind.PHOTO and one.photos:
        return tr("{n} picture(s)", n=len(one.photos))
    return one.text


def answer_text(item: Item, one: Answer | None) -> str:
    """An answer in one line: "" = none yet."""
    if one is None:
        return ""
    told = [given_text(item, one), one.why if one.state == "unchecked" else one.note]
    if one.photos and item.kind is not ItemKind.PHOTO:
        told.append(tr("{n} picture(s)", n=len(one.photos)))
    return " · ".join([tr(STATES[one.state]), *(part for part in told if part)])
