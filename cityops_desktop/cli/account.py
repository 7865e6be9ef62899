"""`account …`: people's accounts of a running station without a window, and the way back when nobody can log in any more.

Passwords are never arguments: arguments are visible to every user of the machine.
"""

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from cityops_desktop.cli.app import Data, Json, app
from cityops_desktop.cli.client import connect, post, refused
from cityops_desktop.cli.person import As, CodeStdin, PasswordStdin, Person, logged_in, new_password, password_of
from cityops_desktop.link.people import AccountInfo, PeoplePage
from cityops_desktop.model.people import Preset, Role
from cityops_desktop.model.validity import Validity, days_left, today, validity
from cityops_desktop.paths import default_data
from cityops_desktop.sentences import ROLES, STAFF_KINDS, VALIDITIES
from cityops_desktop.texts import tr

group = typer.Typer(help=tr("People's accounts."), no_args_is_help=True)
app.add_typer(group, name="account")

Name = Annotated[str, typer.Argument(help=tr("login name of the account"))]
Why = Annotated[str, typer.Option("--why", help=tr("the reason, for the record"))]
Until = Annotated[str, typer.Option("--until", help=tr("the last day (YYYY-MM-DD); without it for good"), show_default=False)]
TheRole = Annotated[Role, typer.Option("--role", help=tr("which role"))]
Domain = Annotated[str | None, typer.Option("--domain", help=tr('where it counts; without it in this room, "" = everywhere'))]


@group.callback()
def accounts() -> None:
    """People's accounts."""


@group.command(help=tr("First start: choose the preset and make the first accounts; possible once, while there is none."))
def first(
    name: Annotated[str, typer.Option("--name", help=tr("login name of the administrator"), prompt=tr("Login name of the administrator"))],
    display: Annotated[str, typer.Option("--display", help=tr("the person's full name"), prompt=tr("Full name of the administrator"))],
    preset: Annotated[
        Preset, typer.Option("--preset", help=tr("basic: one administrator; mlps3: three, by level 3 of GB/T 22239"))
    ] = Preset.BASIC,
    security_name: Annotated[str, typer.Option("--security-name", help=tr("login name of the security administrator (mlps3)"))] = "",
    security_display: Annotated[str, typer.Option("--security-display", help=tr("the security administrator's full name"))] = "",
    auditor_name: Annotated[str, typer.Option("--auditor-name", help=tr("login name of the auditor (mlps3)"))] = "",
    auditor_display: Annotated[str, typer.Option("--auditor-display", help=tr("the auditor's full name"))] = "",
    data: Data = None,
    password_stdin: PasswordStdin = False,
    as_json: Json = False,
) -> None:
    """The administrators acknowledge no alarms: that is for the people on duty (`account add`)."""
    with connect(data or default_data()) as client:
        people: list[tuple[str, str, str]] = [("administrator", name, display)]
        if preset is Preset.MLPS3:
            security_name = security_name or str(typer.prompt(tr("Login name of the security administrator")))
            security_display = security_display or str(typer.prompt(tr("Full name of the security administrator")))
            auditor_name = auditor_name or str(typer.prompt(tr("Login name of the auditor")))
            auditor_display = auditor_display or str(typer.prompt(tr("Full name of the auditor")))
            people += [("security_administrator", security_name, security_display), ("auditor", auditor_name, auditor_display)]
        body: dict[str, Any] = {"preset": preset.value}
        for part, login, full in people:
            body[part] = {"name": login, "display": full, "password": new_password(login, password_stdin)}
        for person in post(client, "/api/v1/setup", body):
            _say(as_json, person, tr("{name} has an account: {roles}", name=person["display"], roles=_roles(person["roles"])))


@group.command(help=tr("Make an account for a person."))
def add(
    name: Annotated[str, typer.Option("--name", help=tr("login name"))],
    display: Annotated[str, typer.Option("--display", help=tr("the person's full name"))],
    who: As,
    role: Annotated[list[Role] | None, typer.Option("--role", help=tr("what the person may do; repeatable"))] = None,
    temporary: Annotated[bool, typer.Option("--temporary", help=tr("the password must be changed at the first log-in"))] = False,
    until: Until = "",
    data: Data = None,
    password_stdin: PasswordStdin = False,
    code_stdin: CodeStdin = False,
    as_json: Json = False,
) -> None:
    """On standard input: the password of who does this, then the new one."""
    own = password_of(who, password_stdin)
    password = new_password(name, password_stdin)
    roles = [one.value for one in role or ()]
    with logged_in(data, who, password=own, code_stdin=code_stdin) as person:
        new = {"name": name, "display": display, "password": password, "roles": roles, "temporary": temporary}
        done = person.act("account.create", **new, expires=_after(person, until) if until else None)
    _say(as_json, done, tr("{name} has an account: {roles}", name=display, roles=_roles(roles)))


@group.command("list", help=tr("Everybody's accounts."))
def list_(who: As, data: Data = None, password_stdin: PasswordStdin = False, code_stdin: CodeStdin = False, as_json: Json = False) -> None:
    """Name, full name, roles here, state."""
    with _person(data, who, password_stdin, code_stdin) as person:
        page, zone = _page(person), _zone(person)
    width = max((len(one.name) for one in page.accounts), default=0)
    for one in page.accounts:
        here = _roles(grant.role for grant in one.grants if grant.here)
        _say(as_json, one.model_dump(mode="json"), f"{one.name:{width}}  {one.display}  {here}  {_state(one, page.now, zone)}")


@group.command(help=tr("All about one account."))
def show(
    name: Name, who: As, data: Data = None, password_stdin: PasswordStdin = False, code_stdin: CodeStdin = False, as_json: Json = False
) -> None:
    """Roles, leave, second factors, last log-in, staff file."""
    with _person(data, who, password_stdin, code_stdin) as person:
        page, zone = _page(person), _zone(person)
    one = _named(page, name)
    staff = [line for line in page.staff if line.account == one.id]
    if as_json:
        typer.echo(json.dumps(one.model_dump(mode="json") | {"staff": [line.model_dump() for line in staff]}, ensure_ascii=False))
        return
    at = _teller(zone)
    typer.echo(f"{one.name}  {one.display}  {_state(one, page.now, zone)}")
    typer.echo(tr("last log-in {time}, password of {set}", time=at(one.last_login), set=at(one.password_set)))
    for grant in one.grants:
        words = {"role": tr(ROLES[grant.role]), "domain": grant.domain or "*", "begins": at(grant.begins), "ends": at(grant.ends)}
        typer.echo(tr("role {role} in {domain}, {begins} to {ends}", **words))
    for leave in one.absences:
        typer.echo(tr("leave {begins} to {ends}: {why}", begins=at(leave.begins), ends=at(leave.ends), why=leave.why))
    for factor in one.factors:
        typer.echo(tr("second factor {kind} “{name}”, last used {time}", kind=factor.kind, name=factor.name, time=at(factor.used)))
    day = today(page.now, zone.key)
    for line in staff:
        state = validity(line.ends, day)
        left = "" if state is Validity.VALID else tr(" ({days} days)", days=days_left(line.ends, day))
        typer.echo(f"{tr(STAFF_KINDS[line.kind])} {line.title} {line.number} {line.ends or ''} {tr(VALIDITIES[state])}{left}")


@group.command(help=tr("Take an account out of use; its sessions end."))
def disable(name: Name, why: Why, who: As, data: Data = None, password_stdin: PasswordStdin = False, code_stdin: CodeStdin = False) -> None:
    """Never the last administrator's."""
    with _person(data, who, password_stdin, code_stdin) as person:
        person.act("account.enable", account=_named(_page(person), name).id, enabled=False, why=why)
    typer.echo(tr("{name} is out of use", name=name))


@group.command(help=tr("Take an account into use again."))
def enable(name: Name, why: Why, who: As, data: Data = None, password_stdin: PasswordStdin = False, code_stdin: CodeStdin = False) -> None:
    """With the password that it had."""
    with _person(data, who, password_stdin, code_stdin) as person:
        person.act("account.enable", account=_named(_page(person), name).id, enabled=True, why=why)
    typer.echo(tr("{name} is in use again", name=name))


@group.command(help=tr("Unlock an account that was locked by wrong passwords."))
def unlock(name: Name, who: As, data: Data = None, password_stdin: PasswordStdin = False, code_stdin: CodeStdin = False) -> None:
    """At once, without waiting for the end of the lock."""
    with _person(data, who, password_stdin, code_stdin) as person:
        person.act("account.unlock", account=_named(_page(person), name).id)
    typer.echo(tr("{name} is unlocked", name=name))


@group.command(help=tr("Give a person a role."))
def grant(
    name: Name,
    role: TheRole,
    who: As,
    domain: Domain = None,
    until: Until = "",
    data: Data = None,
    password_stdin: PasswordStdin = False,
    code_stdin: CodeStdin = False,
) -> None:
    """In a domain, until a day."""
    with _person(data, who, password_stdin, code_stdin) as person:
        page = _page(person)
        where = page.domain if domain is None else domain
        ends = _after(person, until) if until else None
        person.act("role.grant", account=_named(page, name).id, role=role.value, domain=where, ends=ends)
    typer.echo(tr("{name} has the role {role} in {domain}", name=name, role=tr(ROLES[role]), domain=where or "*"))


@group.command(help=tr("Take a role away from a person."))
def revoke(
    name: Name,
    role: TheRole,
    who: As,
    domain: Domain = None,
    data: Data = None,
    password_stdin: PasswordStdin = False,
    code_stdin: CodeStdin = False,
) -> None:
    """Never the last administrator's."""
    with _person(data, who, password_stdin, code_stdin) as person:
        page = _page(person)
        where = page.domain if domain is None else domain
        found = [one.id for one in _named(page, name).grants if one.role is role and one.domain == where]
        if not found:
            raise refused("no_such_grant", {})
        for one in found:
            person.act("role.revoke", grant=one)
    typer.echo(tr("{name} has no longer the role {role} in {domain}", name=name, role=tr(ROLES[role]), domain=where or "*"))


@group.command(help=tr("Enter a leave of absence, in which the account cannot be used; or end it."))
def leave(
    name: Name,
    who: As,
    begins: Annotated[str, typer.Option("--from", help=tr("the first day (YYYY-MM-DD); without it from now on"), show_default=False)] = "",
    ends: Annotated[str, typer.Option("--to", help=tr("the last day (YYYY-MM-DD)"), show_default=False)] = "",
    why: Annotated[str, typer.Option("--why", help=tr("the reason, for the record"))] = "",
    back: Annotated[bool, typer.Option("--back", help=tr("end every leave of this person"))] = False,
    data: Data = None,
    password_stdin: PasswordStdin = False,
    code_stdin: CodeStdin = False,
) -> None:
    """Days are those of the room, both included."""
    if not back and not (ends and why):
        raise typer.BadParameter(tr("give --to and --why, or --back"))
    with _person(data, who, password_stdin, code_stdin) as person:
        page = _page(person)
        one = _named(page, name)
        if back:
            for absence in one.absences:
                person.act("account.absence_end", absence=absence.id)
        else:
            start = _midnight(begins, _zone(person)) if begins else page.now
            person.act("account.absence", account=one.id, begins=start, ends=_after(person, ends), why=why)
    typer.echo(tr("{name} is back", name=name) if back else tr("the leave of {name} is entered", name=name))


@group.command(help=tr("The way back when nobody can log in: a temporary password, on the stopped station's own machine."))
def recover(name: Name, data: Data = None, password_stdin: PasswordStdin = False) -> None:
    """Whoever may write the data directory owns the station. The record says who did it."""
    from cityops_desktop.cli.recovery import recover_account  # the store, which no other command here needs

    folder = (data or default_data()).expanduser().absolute()
    recover_account(folder, name, lambda: new_password(name, password_stdin))
    typer.echo(tr("{name} can log in with this password once, and must then choose another", name=name))


def _person(data: Path | None, who: str, password_stdin: bool, code_stdin: bool) -> Any:
    return logged_in(data, who, password=password_of(who, password_stdin), code_stdin=code_stdin)


def _page(person: Person) -> PeoplePage:
    return PeoplePage.model_validate(person.ask("/api/v1/people"))


def _named(page: PeoplePage, name: str) -> AccountInfo:
    found = next((one for one in page.accounts if one.name.casefold() == name.strip().casefold()), None)
    if found is None:
        raise refused("no_such_account", {})
    return found


def _zone(person: Person) -> ZoneInfo:
    return ZoneInfo(str(person.ask("/api/v1/state")["room"]["timezone"]))


def _midnight(day: str, zone: ZoneInfo, days: int = 0) -> int:
    """The beginning of a day of the room (or of the one so many days later), as UTC ms."""
    try:
        begin = date.fromisoformat(day) + timedelta(days=days)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(tr("“{word}” is no day: YYYY-MM-DD", word=day)) from error
    return int(datetime.combine(begin, time(), zone).timestamp() * 1000)


def _after(person: Person, day: str) -> int:
    """The end of a day of the room."""
    return _midnight(day, _zone(person), 1)


def _teller(zone: ZoneInfo) -> Callable[[int | None], str]:
    def told(ms: int | None) -> str:
        return "-" if ms is None else f"{datetime.fromtimestamp(ms / 1000, zone):%Y-%m-%d %H:%M}"

    return told


def _state(one: AccountInfo, now: int, zone: ZoneInfo) -> str:
    at = _teller(zone)
    words = []
    if not one.enabled:
        words.append(tr("out of use"))
    if one.expires is not None:
        words.append(tr("until {time}", time=at(one.expires)))
    if one.locked_until is not None and now < one.locked_until:
        words.append(tr("locked until {time}", time=at(one.locked_until)))
    words += [tr("on leave until {time}", time=at(leave.ends)) for leave in one.absences if leave.begins <= now]
    if one.must_change:
        words.append(tr("must change the password"))
    return ", ".join(words) or tr("in use")


def _roles(roles: Any) -> str:
    return ", ".join(tr(ROLES[Role(one)]) for one in roles) or tr("no role")


def _say(as_json: bool, facts: Any, text: str) -> None:
    typer.echo(json.dumps(facts, ensure_ascii=False) if as_json else text)
