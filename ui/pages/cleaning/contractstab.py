"""The tab of contracts: who has to come for what until when; below the calls, and whether they came in time. Decides nothing."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from cityops_desktop.duty.housewords import CONTRACT_KINDS, CONTRACT_STATES
from cityops_desktop.duty.maintenance import ContractState
from cityops_desktop.link.duty.maintenance import CallInfo, ContractInfo, ContractsPage, Step
from cityops_desktop.sentences import GROUPS
from cityops_desktop.texts import N_, pick, tr
from ui.dialogs.maintenanceforms import MaintenanceForms
from ui.models.shown import span_text
from ui.pages.cleaning.tab import HouseTab
from ui.widgets.sheet import Cell, Row, Sign

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

SIGNS = {
    ContractState.COMING: Sign.RING,
    ContractState.RUNNING: Sign.TICK,
    ContractState.ENDING: Sign.TRIANGLE,
    ContractState.ENDED: Sign.CROSS,
}
OVER = N_("this contract has ended: choose another one")
SOLVED = N_("this call is solved")
HERE = N_("they have come already")


class ContractsTab(HouseTab[ContractsPage]):
    """What ends first stands first."""

    title = N_("Contracts")
    path = "/api/v1/duty/contracts"
    below = N_("Calls")

    def __init__(self, acts: "Acts", link: "Link", forms: MaintenanceForms) -> None:
        super().__init__(acts, link, ContractsPage)
        self.forms = forms
        self.add_button(N_("Call them…"), "contract.call", self._with(forms.call), self._open_why)
        self.add_button(N_("They come at…"), "contract.step", self._step("promised"), lambda: self._call_why(here=False))
        self.add_button(N_("They have come…"), "contract.step", self._step("arrived"), lambda: self._call_why(here=False))
        self.add_button(N_("Solved…"), "contract.step", self._step("solved"), lambda: self._call_why(here=True))
        self.add_button(N_("New contract…"), "contract.put", lambda: forms.contract(None))
        self.add_button(N_("Change…"), "contract.put", self._with(forms.contract), self._open_why)
        self.add_button(N_("End…"), "contract.end", self._with(forms.end_contract), self._open_why)

    def chosen(self) -> ContractInfo | None:
        """The chosen contract."""
        return next((one for one in self.told.contracts if one.id == self.sheet.chosen_id()), None) if self.told else None

    def chosen_call(self) -> CallInfo | None:
        """The chosen call."""
        return next((one for one in self.told.calls if one.id == self.former.chosen_id()), None) if self.told else None

    def now_told(self) -> int:
        """When the station told this."""
        return self.told.now if self.told else 0

    def show_all(self) -> None:
        """Contracts and calls."""
        if self.told is None:
            return
        ending = sum(1 for one in self.told.contracts if one.ended is None and one.state in (ContractState.ENDING, ContractState.ENDED))
        calls = sum(1 for one in self.told.calls if one.solved is None)
        words = [tr("Contracts that end soon or have ended: {n}", n=ending)] if ending else []
        words += [tr("calls not solved: {n}", n=calls)] if calls else []
        self.say(" · ".join(words) or tr("No call is open, no contract ends soon."), bold=bool(words))
        titles = [tr("State"), tr("Title"), tr("Firm"), tr("Covers"), tr("Ends"), tr("Last visit"), tr("There within"), tr("Telephone")]
        self.tell_rows(titles, [self._row(one) for one in self.told.contracts], wide=1)
        titles = [
            tr("Number"),
            tr("Firm"),
            tr("What is the matter"),
            tr("Called"),
            tr("Expected at"),
            tr("Arrived"),
            tr("In time"),
            tr("Solved"),
        ]
        self.tell_former(titles, [self._call_row(one) for one in self.told.calls], wide=2)

    def _row(self, one: ContractInfo) -> Row:
        bold = one.ended is None and one.state in (ContractState.ENDING, ContractState.ENDED)
        dim = one.ended is not None
        covers = [tr(GROUPS[group]) for group in one.groups]
        covers += [pick(self.model.devices[id].names) if id in self.model.devices else id for id in one.devices]
        told = tr(", ").join(covers)
        visit = next((each for each in self.told.visits if each.contract == one.id), None) if self.told else None
        return Row(
            one.id,
            (
                Cell(tr(CONTRACT_STATES[one.state]), SIGNS[one.state], bold=bold, dim=dim),
                Cell(one.title, bold=bold, tip="\n".join(filter(None, (tr(CONTRACT_KINDS[one.sort]), one.number, one.note))), dim=dim),
                Cell(one.firm, dim=dim),
                Cell(told, tip=told, dim=dim),
                Cell(one.ends, bold=bold, dim=dim),
                Cell(self.minute(visit.entered) if visit else "", tip=f"{visit.number} {visit.name}" if visit else "", dim=dim),
                Cell(span_text(one.response * 60) if one.response else "", dim=dim),
                Cell(one.phone, dim=dim),
            ),
        )

    def _call_row(self, one: CallInfo) -> Row:
        kept, sign = {
            None: ("", Sign.NONE),
            True: (tr("yes"), Sign.TICK),
            False: (tr("no"), Sign.TRIANGLE),
        }[one.kept]
        stands = one.solved is None
        return Row(
            one.id,
            (
                Cell(one.number, bold=stands),
                Cell(one.firm),
                Cell(one.text, bold=stands, tip=one.solution),
                Cell(self.minute(one.reported)),
                Cell(self.minute(one.promised)),
                Cell(self.minute(one.arrived)),
                Cell(kept, sign, bold=one.kept is False and stands),
                Cell(self.minute(one.solved) or tr("not solved yet"), Sign.TICK if one.solved else Sign.RING, tip=one.solution),
            ),
        )

    def _open_why(self) -> str:
        one = self.chosen()
        return self.upper_and(one is not None and one.ended is None, OVER)

    def _call_why(self, *, here: bool) -> str:
        one = self.chosen_call()
        if one is not None and one.solved is None and one.arrived is not None and not here:
            return tr(HERE)
        return self.former_and(one is not None and one.solved is None, SOLVED)

    def _with(self, act: Callable[[ContractInfo], None]) -> Callable[[], None]:
        def run() -> None:
            one = self.chosen()
            if one is not None:
                act(one)

        return run

    def _step(self, step: Step) -> Callable[[], None]:
        def run() -> None:
            one = self.chosen_call()
            if one is not None and self.told is not None:
                self.forms.step(one, step, [visit for visit in self.told.visits if visit.contract == one.contract])

        return run
