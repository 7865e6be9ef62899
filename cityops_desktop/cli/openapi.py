"""`openapi` (hidden): print the station's API description, as it is kept in docs/openapi.json."""

import json
from typing import Any, cast

import typer

from cityops_desktop.cli.app import app
from cityops_desktop.texts import tr


@app.command(hidden=True, help=tr("Print the description of the station's API (OpenAPI)."))
def openapi() -> None:
    """The same text that a running station serves at /api/v1/openapi.json."""
    typer.echo(description())


def description() -> str:
    """The OpenAPI document as indented JSON. No desk is needed: nothing is asked of it."""
    from cityops_desktop.link.alarmload_api import alarm_load_router
    from cityops_desktop.link.alarmquery_api import alarm_query_router
    from cityops_desktop.link.analysis_api import analysis_router
    from cityops_desktop.link.api import create_app
    from cityops_desktop.link.audit_api import audit_router
    from cityops_desktop.link.config_api import config_router
    from cityops_desktop.link.devices_api import devices_router
    from cityops_desktop.link.duty.attachments_api import attachments_router
    from cityops_desktop.link.duty.handover_api import handover_router
    from cityops_desktop.link.duty.house_api import cleaning_router, maintenance_router, visits_router
    from cityops_desktop.link.duty.logbook_api import log_book_router
    from cityops_desktop.link.duty.orders_api import orders_router
    from cityops_desktop.link.duty.patrol_api import patrol_router
    from cityops_desktop.link.duty.reports_api import reports_router
    from cityops_desktop.link.duty.roster_api import roster_router
    from cityops_desktop.link.duty.tickets_api import tickets_router
    from cityops_desktop.link.entrance import entrance_router
    from cityops_desktop.link.guidance_api import guidance_router
    from cityops_desktop.link.incidents_api import incidents_router
    from cityops_desktop.link.keeping_api import keeping_router
    from cityops_desktop.link.logs_api import logs_router
    from cityops_desktop.link.notify_api import notify_router
    from cityops_desktop.link.pastalarms_api import past_alarms_router
    from cityops_desktop.link.people_api import people_router
    from cityops_desktop.link.remote_api import remote_router
    from cityops_desktop.link.replay_api import replay_router
    from cityops_desktop.link.statistics_api import statistics_router
    from cityops_desktop.link.trends_api import trends_router
    from cityops_desktop.link.wires_api import wires_router

    nobody = cast("Any", None)
    house = (cleaning_router, visits_router, maintenance_router)
    basis = (entrance_router, remote_router, people_router, audit_router, config_router, devices_router)
    past = (analysis_router, keeping_router, logs_router, past_alarms_router, replay_router, statistics_router, trends_router)
    alarms = (guidance_router, alarm_query_router, alarm_load_router, notify_router)
    kept = (incidents_router, reports_router)
    duty = (handover_router, roster_router, attachments_router, log_book_router, patrol_router, orders_router, tickets_router)
    routers = [router(nobody) for router in (*basis, *past, *kept, *alarms, *duty, *house, wires_router)]
    return json.dumps(create_app(nobody, *routers).openapi(), indent=1, ensure_ascii=False, sort_keys=True)
