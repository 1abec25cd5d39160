"""An analysis as csv and as json: the same rows, every number in full."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields

from reports.analysis import Analysis
from reports.rows import Row, estimate_rows
from reports.sentences import caveat_sentence

JSON_SCHEMA = 1
INFINITE = "infinite"
"""How an infinite time or ratio is written: JSON has no word for it."""


def to_csv(rows: Iterable[Row]) -> str:
    """Rows as csv with a header; what does not apply is empty."""
    text = io.StringIO()
    names = [field.name for field in fields(Row)]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: _plain(v) for k, v in asdict(row).items()} for row in rows)
    return text.getvalue()


def to_json(analysis: Analysis, environment: Mapping[str, str]) -> str:
    """Give the plan, the warnings, the environment and every estimate; strict JSON, without NaN."""
    plan = asdict(analysis.plan)
    content = {
        "schema": JSON_SCHEMA,
        "plan": plan,
        "targets": [asdict(target) for target in analysis.targets],
        "warnings": [caveat_sentence(c, analysis.plan) for c in analysis.caveats],
        "environment": dict(environment),
        "failures": [
            {
                "method": run.method, "dataset": run.dataset, "batch_size": run.batch_size,
                "timesteps": run.timesteps, "seed": run.seed, "status": run.status,
                "failure": run.failure,
            }
            for run in analysis.failures
        ],
        "estimates": rows_as_json(estimate_rows(analysis)),
    }  # fmt: skip
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def rows_as_json(rows: Iterable[Row]) -> list[dict[str, object]]:
    """Rows as objects that strict JSON can hold."""
    return [{k: _plain(v) for k, v in asdict(row).items()} for row in rows]


def _plain(value: object) -> object:
    if isinstance(value, float) and math.isinf(value):
        return INFINITE if value > 0 else f"-{INFINITE}"
    return value
