"""The credentials of a request, as the operations of the API ask for them. Apart from what they are: to name them needs no web."""

from typing import Annotated

from fastapi import Depends, Header, Request

from cityops_desktop.link.credentials import LOCAL, SCOPE, Credentials, bound_to


def _sent(
    request: Request,
    session: Annotated[str | None, Header(alias="X-CityOps-Session", max_length=200, description="the token of a person's session")] = None,
    console: Annotated[
        str, Header(alias="X-CityOps-Console", max_length=200, description="the console's own secret, the same as at log-in")
    ] = "",
) -> Credentials:
    via = str(request.scope.get(SCOPE, LOCAL))
    return Credentials(session, bound_to(via, console), via)


Sent = Annotated[Credentials, Depends(_sent)]
