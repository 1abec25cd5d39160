"""An analysis as csv and as json: every number in full; json has the whole page as well."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, is_dataclass

from reports.display.view import View
from reports.input.plan import Plan
from reports.page.analysis import Analysis
from reports.page.rows import Row, estimate_rows

JSON_SCHEMA = 2
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


def to_json(analysis: Analysis, view: View) -> str:
    """Give the plan, every estimate, and the page's own view; strict JSON, without NaN.

    The view is what the HTML prints and draws: verdicts, warnings, sections with their tables and
    figures.  Files to download are named, not repeated.
    """
    content = {
        "schema": JSON_SCHEMA,
        "plan": _plan(analysis.context.plan),
        "targets": [asdict(target) for target in analysis.targets],
        "view": view_as_json(view),
        "estimates": rows_as_json(estimate_rows(analysis)),
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _plan(plan: Plan) -> dict[str, object]:
    """Return what was declared, the defaults filled in and named."""
    return plan.model_dump() | {"margins": plan.margins.all(), "defaulted": plan.defaulted}


def view_as_json(view: View) -> object:
    """Turn a view into what strict JSON can hold, its types as objects."""
    return _plain(view)


def rows_as_json(rows: Iterable[Row]) -> list[dict[str, object]]:
    """Rows as objects that strict JSON can hold."""
    return [{k: _plain(v) for k, v in asdict(row).items()} for row in rows]


def _plain(value: object) -> object:
    """Write infinities as words, dataclasses as objects, and leave out files' contents."""
    if isinstance(value, float) and math.isinf(value):
        return INFINITE if value > 0 else f"-{INFINITE}"
    if is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: _plain(member)
            for f in fields(value)
            if not isinstance(member := getattr(value, f.name), bytes)
        }
    if isinstance(value, Mapping):
        return {str(name): _plain(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
