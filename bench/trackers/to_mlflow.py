"""Runs into MLflow: a database in a folder, or whatever server a URI names."""

import logging
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import alembic  # noqa: F401 - MLflow's own database needs both, and says so late
import sqlalchemy  # noqa: F401
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from bench.trackers.tracked import Tracked
from noprop_core.errors import InvalidSetting

KEY = "noprop_bench.key"
FINISHED, FAILED, RUNNING = "FINISHED", "FAILED", "RUNNING"
LONGEST = 250
"""Characters of a label; a longer one is a text such as a traceback's last line."""


def write(runs: Iterable[Tracked], target: str) -> int:
    """Write `runs` as experiments named after their studies; return how many were not there.

    A folder gets `mlflow.db`, which `mlflow ui --backend-store-uri sqlite:///DIR/mlflow.db` shows.
    A run that an interrupted export left half told is told again.
    """
    try:
        with _quiet():
            client, artifacts = _client(target)
            experiments: dict[str, str] = {}
            new = 0
            for run in runs:
                if run.study not in experiments:
                    experiments[run.study] = _experiment(client, run.study, artifacts)
                new += _write(client, experiments[run.study], run)
    except MlflowException as error:
        raise InvalidSetting(f"--export mlflow: {' '.join(str(error).split())}") from error
    return new


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep from the user what MLflow says of its tables, and what SQLAlchemy thinks of MLflow."""
    logger = logging.getLogger("mlflow")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        logger.setLevel(level)


def _client(target: str) -> tuple[MlflowClient, str | None]:
    """Return a client, and where artifacts would go if the target is a folder."""
    if "://" in target:
        return MlflowClient(tracking_uri=target), None
    folder = Path(target).expanduser().absolute()
    folder.mkdir(parents=True, exist_ok=True)
    artifacts = (folder / "artifacts").as_uri()
    return MlflowClient(tracking_uri=f"sqlite:///{folder / 'mlflow.db'}"), artifacts


def _experiment(client: MlflowClient, name: str, artifacts: str | None) -> str:
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    return str(client.create_experiment(name, artifact_location=artifacts))


def _write(client: MlflowClient, experiment: str, run: Tracked) -> bool:
    """Write one run unless it is there; return whether it was written."""
    for known in client.search_runs([experiment], f"tags.`{KEY}` = '{run.key}'"):
        if known.info.status != RUNNING:
            return False
        client.delete_run(known.info.run_id)
    created = client.create_run(
        experiment, start_time=_ms(run.started), tags={KEY: run.key}, run_name=run.name
    )
    name = created.info.run_id
    metrics = [
        Metric(column, value, _ms(point.at), point.epoch)
        for point in run.curve
        for column, value in point.values.items()
    ]
    metrics += [
        Metric(f"final.{column}", value, _ms(run.ended), 0) for column, value in run.results.items()
    ]
    for i in range(0, len(metrics), 1000):  # as many as one call takes
        client.log_batch(name, metrics=metrics[i : i + 1000])
    client.log_batch(
        name,
        params=[Param(key, value) for key, value in run.parameters.items()],
        tags=[RunTag(key, value[:LONGEST]) for key, value in run.labels.items()],
    )
    client.set_terminated(name, FINISHED if run.ok else FAILED, _ms(run.ended))
    return True


def _ms(seconds: float) -> int:
    return round(1000 * seconds)
