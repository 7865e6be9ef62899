"""`openapi` (hidden): print the station's API description, as it is kept in docs/openapi.json."""

import json
from typing import TYPE_CHECKING, cast

import typer

from cityops_desktop.cli.app import app
from cityops_desktop.texts import tr

if TYPE_CHECKING:
    from cityops_desktop.link.api import Desk


@app.command(hidden=True, help=tr("Print the description of the station's API (OpenAPI)."))
def openapi() -> None:
    """The same text that a running station serves at /api/v1/openapi.json."""
    typer.echo(description())


def description() -> str:
    """The OpenAPI document as indented JSON. No desk is needed: nothing is asked of it."""
    from cityops_desktop.link.api import create_app

    return json.dumps(create_app(cast("Desk", None)).openapi(), indent=1, ensure_ascii=False, sort_keys=True)
