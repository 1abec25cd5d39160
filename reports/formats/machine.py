"""A report as csv and as json: every number in full; json has the whole page as well."""

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass

from reports.files.spreadsheets import plain
from reports.page.report import Report
from reports.page.row import Row

JSON_SCHEMA = 2
INFINITE = "infinite"
"""How an infinite time or ratio is written: JSON has no word for it."""


def to_csv(report: Report) -> str:
    """Rows as csv with a header; what does not apply is empty."""
    text = io.StringIO()
    names = [field.name for field in fields(Row)]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: plain(_plain(v)) for k, v in asdict(row).items()} for row in report.rows())
    return text.getvalue()


def to_json(report: Report) -> str:
    """Facts and every estimate; strict JSON, without NaN.

    A study's facts are its plan and the page's own view, what the HTML prints and draws: verdicts,
    warnings, sections with their tables and figures. Files to download are named, not repeated.
    """
    content = {
        "schema": JSON_SCHEMA,
        **{name: _plain(value) for name, value in report.facts().items()},
        "estimates": [_plain(row) for row in report.rows()],
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


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
