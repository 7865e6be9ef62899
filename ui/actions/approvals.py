"""What people do about acts that need two persons."""

from cityops_desktop.link.acts import (
    BeginServiceCritical,
    ConfirmApproval,
    OpenApproval,
    ResetFactor,
    SetPolicy,
    ShelveCritical,
    WithdrawApproval,
)
from ui.link import Link, OnResult

TwoPersonAct = SetPolicy | ResetFactor | ShelveCritical | BeginServiceCritical


def begin(link: Link, *, act: TwoPersonAct, password: str, code: str, on_result: OnResult) -> None:
    """The initiator, who gives the password anew; the result's data holds approval, digest, challenge and expires."""
    link.command(OpenApproval(password=password, code=code, act=act), on_result)


def confirm_here(link: Link, *, approval: str, digest: str, name: str, password: str, code: str, on_result: OnResult) -> None:
    """The second person agrees at this console; whoever is logged in stays so."""
    link.command(ConfirmApproval(approval=approval, digest=digest, name=name, password=password, code=code), on_result)


def confirm_by_phone(link: Link, *, approval: str, digest: str, name: str, answer: str, on_result: OnResult) -> None:
    """The second person agrees by the answer of an authenticator to the challenge."""
    link.command(ConfirmApproval(approval=approval, digest=digest, name=name, answer=answer), on_result)


def withdraw(link: Link, *, approval: str, on_result: OnResult) -> None:
    """No, after all."""
    link.command(WithdrawApproval(approval=approval), on_result)
