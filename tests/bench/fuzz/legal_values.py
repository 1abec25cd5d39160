"""Values that a JSON schema allows, at or near its ends."""

from random import Random
from typing import Any

Schema = dict[str, Any]
FLOATS = (5e-324, 1e-300, 1e-12, 1e-3, 0.05, 0.5, 0.999999, 1.0, 3.0, 1e9, 1e300, 1.7e308)
WHOLE = (0, 1, 2, 3, 7, 64, 2**31, 2**53 + 1, 2**63 - 1, 10**30)
TEXTS = (
    "", "plain", "<b>&amp;</b>", "a\nb\tc", "\x1b[2J\x07", "\u202eabc\u2066", "{{ 7 * 7 }} $x_1$",
    "ä€😀" * 20, "|a|b|", "# h", "\\input{x}", "%s", "=1+1", "]]>", "x" * 3000, "`a`", "\x7f\u2028",
)  # fmt: skip
FEW = {
    "width": (0.02, 0.05), "steps": (1, 2, 3), "units": (1, 7, 10), "layers": (1, 2, 3),
    "hidden": (1, 8), "dimension": (1, 2, 20), "classifier_inputs": (1, 64), "chain_of": (0, 1, 3),
}  # fmt: skip
"""By name: values of what makes a run long, where a study is run."""
MOST = 6
"""Of other whole numbers there."""


def legal(schema: Schema, draw: Random, defs: Schema, *, small: bool) -> Any:
    """Draw a value that `schema` allows."""
    if "$ref" in schema:
        return legal(defs[schema["$ref"].rpartition("/")[2]], draw, defs, small=small)
    if "anyOf" in schema:
        kinds = [kind for kind in schema["anyOf"] if kind.get("type") != "null"]
        return legal(draw.choice(kinds), draw, defs, small=small)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return draw.choice(schema["enum"])
    kind = schema.get("type")
    if kind == "object":
        return table(schema, draw, defs, small=small)
    if kind == "array":
        return [legal(schema["items"], draw, defs, small=small) for _ in range(draw.choice((1, 2)))]
    if kind == "boolean":
        return draw.random() < 0.5
    if kind in ("integer", "number"):
        values = WHOLE if kind == "integer" else FLOATS
        fitting = [value for value in values if _fits(value, schema)]
        if small and kind == "integer":
            fitting = [value for value in fitting if value <= MOST] or [schema.get("minimum", 1)]
        return draw.choice(fitting)
    return draw.choice(TEXTS)


def table(schema: Schema, draw: Random, defs: Schema, *, small: bool) -> Schema:
    """Draw some of a table's entries."""
    return {
        name: entry_of(name, entry, draw, defs, small=small)
        for name, entry in schema.get("properties", {}).items()
        if draw.random() < 0.3
    }


def entry_of(name: str, entry: Schema, draw: Random, defs: Schema, *, small: bool) -> Any:
    """Draw the value of an entry called `name`; one of `FEW` where the study is run."""
    return (
        draw.choice(FEW[name]) if small and name in FEW else legal(entry, draw, defs, small=small)
    )


def _fits(value: float, schema: Schema) -> bool:
    return (
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
        and not value <= schema.get("exclusiveMinimum", value - abs(value) - 1)
        and not value >= schema.get("exclusiveMaximum", value + abs(value) + 1)
    )
