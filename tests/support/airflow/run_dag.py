"""Run `many_connections` once with `dag.test()`, and say as JSON what became of each task.

Airflow's own Python runs this, in its own environment: there the project cannot be imported, and
here Airflow cannot.
`run_dag.py CONF OUT` takes the run's conf as JSON and the file to write to.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import many_connections
from airflow.models.pool import Pool
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from sqlalchemy import select


def main(conf: str, out: str) -> None:
    """Run the DAG, and write what became of it."""
    run = many_connections.DAG.test(run_conf=json.loads(conf))
    with create_session() as session:
        tasks = [
            {"id": ti.task_id, "index": ti.map_index, "name": ti.rendered_map_index}
            | {"state": str(ti.state), "tries": ti.try_number, "pool": ti.pool}
            for ti in run.get_task_instances(session=session)
        ]
        found = session.scalars(select(XComModel).where(XComModel.run_id == run.run_id)).all()
        xcoms = [
            {"task": x.task_id, "index": x.map_index, "key": x.key}
            | {"value": XComModel.deserialize_value(x)}
            for x in found
        ]
        pools = {pool.pool: pool.slots for pool in session.scalars(select(Pool))}
    what = {"state": str(run.state), "tasks": tasks, "xcoms": xcoms, "pools": pools}
    Path(out).write_text(json.dumps(what), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
