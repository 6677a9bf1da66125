"""Each connection of connections.yml as a task of its own; an alert for what is not proven."""  # noqa: INP001 -- no package

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any

from accounts import read_accounts
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import Connection, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException
from meltano_run import MeltanoError, meltano_run

ACCOUNTS = read_accounts()
SCHEDULE = os.environ.get("SCHEDULE", "@hourly") or None  # empty: only when asked to
RETRY_DELAY = timedelta(seconds=int(os.environ.get("RETRY_DELAY_SECONDS", "60")))


# It pushes its report by name and returns nothing: so the report is there for a run that failed,
# too, and stays one XCom. A task that is annotated to return a dict makes an XCom of each key.
@task(
    retries=3,
    retry_delay=RETRY_DELAY,
    execution_timeout=timedelta(hours=4),  # less than the broker's visibility timeout
    map_index_template="{{ connection_name }}",
)
def sync(connection: dict[str, Any]) -> None:
    """Load one connection, and push the tap's report as the XCom `report`."""
    context: Any = get_current_context()
    context["connection_name"] = connection["name"]
    flags = []
    if context["ti"].try_number > 1:
        # A worker that was killed leaves Meltano's lock on the state for five minutes. Airflow has
        # seen the end of the last try, so nobody else runs this connection now.
        flags.append("--force")
    if connection["full_refresh"] and (context["dag_run"].conf or {}).get("full_refresh"):
        flags.append("--full-refresh")
    succeeded, report = meltano_run(
        {**credentials(connection["account"]), **connection["settings"]},
        state_id_suffix=connection["name"],
        select=connection["select"],
        target=warehouse(connection["schema"]),
        flags=flags,
    )
    context["ti"].xcom_push(key="report", value={"connection": connection["name"], "run": report})
    if not succeeded:
        message = f"meltano run failed for {connection['name']}; the log above says why"
        raise MeltanoError(message)


def credentials(account: str) -> dict[str, Any]:
    """Return the tap's settings that the account's Airflow connection holds; Airflow masks them."""
    found = Connection.get(account)
    extra = found.extra_dejson
    if "access_token" in extra:
        return {"base_url": found.host, **extra}
    return {
        "base_url": found.host,
        "client_id": found.login,
        "client_secret": found.password,
        **extra,
    }


def warehouse(schema: str) -> dict[str, str]:
    """Return the target's settings, from the Airflow connection `warehouse`."""
    found = Connection.get("warehouse")
    return {
        "host": str(found.host),
        "port": str(found.port or 5432),
        "user": str(found.login),
        "password": str(found.password or ""),
        "database": str(found.schema),
        "default_target_schema": schema,
    }


def complaints(expected: list[str], reports: list[dict[str, Any]]) -> list[str]:
    """Return a sentence for each connection that left no report, and each stream not proven.

    All that this example needs to know of the report's format stands here.
    """
    runs = {report["connection"]: report["run"] for report in reports if report}
    found = []
    for name in expected:
        run = runs.get(name)
        if run is None:
            found.append(f"{name}: no report. The run was killed, or its settings were refused.")
            continue
        if run.get("error"):
            found.append(f"{name}: {run['error']}")
        for stream in run.get("streams", []):
            if stream.get("verdict") != "proven":
                why = stream.get("error") or "; ".join(stream.get("reasons") or [])
                found.append(f"{name}: {stream['name']} is {stream.get('verdict')}: {why}")
    return found


@task(trigger_rule="all_done", retries=0)
def alert(task_ids: list[str], expected: list[str]) -> None:
    """Fail, and with it the DAG run, where anything is not proven: notifiers go by that."""
    # A list of task ids gives a list. The id of one mapped task gives a bare value where it has one
    # instance, and a list where it has several.
    context: Any = get_current_context()
    reports = context["ti"].xcom_pull(task_ids=task_ids, key="report")
    if found := complaints(expected, reports):
        raise AirflowFailException("\n".join(found))


@dag(
    schedule=SCHEDULE,
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001 -- Airflow takes it in its own time zone
    catchup=False,
    max_active_runs=1,  # a connection's state is one run's at a time
    max_active_tasks=sum(account.slots for account in ACCOUNTS),  # the pools decide, not this
)
def many_connections() -> None:
    """One mapped task for each account: a pool belongs to a task, not to its instances."""
    # The pool holds back what is too much; no slot is taken before there is one.
    synced = [
        sync.override(task_id=account.name, pool=account.name).expand(connection=account.tasks())
        for account in ACCOUNTS
    ]
    expected = [connection["name"] for account in ACCOUNTS for connection in account.tasks()]
    synced >> alert([account.name for account in ACCOUNTS], expected)


@dag(
    schedule="0 3 * * *" if SCHEDULE else None,
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001 -- as above
    catchup=False,
)
def daily_full_refresh() -> None:
    """Let a run of many_connections read streams that go stale from the beginning.

    It is a run of that DAG, not one beside it, so that the two never load the same table at once.
    """
    TriggerDagRunOperator(
        task_id="trigger", trigger_dag_id="many_connections", conf={"full_refresh": True}
    )


DAG = many_connections()
daily_full_refresh()
