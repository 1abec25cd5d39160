"""Valid studies near the edge: every value is one that the study's own JSON schema allows.

What costs time is kept small where a study is really run; everything else is as extreme as a
declaration may be.
"""

from random import Random
from typing import Any

from bench.study.study import Study
from noprop_core import registry
from reports.input.metrics import METRICS
from reports.input.plan import Margins

Schema = dict[str, Any]
FLOATS = (5e-324, 1e-300, 1e-12, 1e-3, 0.05, 0.5, 0.999999, 1.0, 3.0, 1e9, 1e300, 1.7e308)
WHOLE = (0, 1, 2, 3, 7, 64, 2**31, 2**53 + 1, 2**63 - 1, 10**30)
TEXTS = (
    "", "plain", "<b>&amp;</b>", "a\nb\tc", "\x1b[2J\x07", "\u202eabc\u2066", "{{ 7 * 7 }} $x_1$",
    "ä€😀" * 20, "|a|b|", "# h", "\\input{x}", "%s", "=1+1", "]]>", "x" * 3000, "`a`", "\x7f\u2028",
)  # fmt: skip
METHODS = sorted(registry.built_in())
COSTLY = {
    "width": (0.02, 0.05, 0.1), "train_images": (20, 40, 64, 65), "batch_sizes": (2, 3, 16, 18, 64),
    "timesteps": (1, 2, 3), "threads": (1, 2), "inference_repeats": (1, 2), "ranks": (1,),
}  # fmt: skip
"""By name: values of what makes a run long."""
MOST = 6
"""Of whole numbers that stand for steps, layers or samples, where a study is run."""


def legal(schema: Schema, draw: Random, defs: Schema, *, small: bool) -> Any:
    """Draw a value that `schema` allows, at or near its ends."""
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
    drawn = {}
    for name, entry in schema.get("properties", {}).items():
        if draw.random() < 0.3:
            few = small and name in COSTLY
            drawn[name] = (
                draw.choice(COSTLY[name]) if few else legal(entry, draw, defs, small=small)
            )
    return drawn


def _fits(value: float, schema: Schema) -> bool:
    return (
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
        and not value <= schema.get("exclusiveMinimum", value - abs(value) - 1)
        and not value >= schema.get("exclusiveMaximum", value + abs(value) + 1)
    )


def study(draw: Random, *, small: bool) -> dict[str, Any]:
    """Draw a study's entries; with `small`, one of a few short runs."""
    schema = Study.model_json_schema()
    methods = draw.sample(METHODS, draw.choice((1, 1, 2)))
    content: dict[str, Any] = {
        "name": draw.choice(("tiny", "A", "0" * 128, "a.b_c+d=e,f-", "x..y", "a-")),
        "datasets": ["digits"],
        "methods": methods,
        "baseline": draw.choice(methods),
        "seeds": draw.sample((0, 1, 2, 2**31, 2**53 + 1, 2**63 - 1), draw.choice((1, 1, 1, 2, 3))),
        "batch_sizes": [draw.choice(COSTLY["batch_sizes"])],
        "timesteps": [draw.choice(COSTLY["timesteps"])],
        "train_images": draw.choice(COSTLY["train_images"]),
        "budget": budget(draw),
        "threads": 1,
        "inference_repeats": 1,
        "options": {"width": draw.choice(COSTLY["width"])},
    }
    content["batch_sizes"][0] = min(content["batch_sizes"][0], content["train_images"])
    given = ("batch_sizes", "train_images", "timesteps", "options", *content) if small else ()
    rules = {**schema, "properties": {
        name: entry for name, entry in schema["properties"].items()
        if name not in (*given, "name", "datasets", "methods", "baseline", "seeds", "sequential",
                        "options", "method", "division", "margins", "primary_metric", "budget")
    }}  # fmt: skip
    content |= table(rules, draw, schema["$defs"], small=small)
    for name in methods if draw.random() < 0.6 else ():
        config = registry.find(name).Config.model_json_schema()
        drawn = table(config, draw, config.get("$defs", {}), small=small)
        content.setdefault("method", {})[name] = drawn
    if draw.random() < 0.2:
        content["margins"] = {draw.choice(Margins.entries()): draw.choice(FLOATS)}
    if draw.random() < 0.3:
        content["primary_metric"] = draw.choice(METRICS).column
    if draw.random() < 0.1:
        content["target_accuracy_percent"] = draw.choice((1e-300, 50.0, 100.0, {"digits": 10.0}))
    if draw.random() < 0.2:
        content["description"] = draw.choice(TEXTS)
    if draw.random() < 0.1:
        variant = f"{methods[0]}/{draw.choice(('v', 'x y', '0._-'))}"
        content["methods"] = [*methods, variant]
        content.setdefault("method", {})[variant] = {}
    return content


def budget(draw: Random) -> dict[str, Any]:
    """Draw a budget of an epoch or two."""
    ends = {"patience": 1, "max_epochs": draw.choice((1, 2)), "min_gain": draw.choice((0.0, 1e300))}
    kinds = [{"epochs": 1}, {"epochs": 1}, {"seconds": draw.choice((5e-324, 1e-9, 0.01))},
             {"convergence": ends}]  # fmt: skip
    chosen: dict[str, Any] = draw.choice(kinds)
    if draw.random() < 0.2:
        chosen = {**chosen, "keep": draw.choice(("last", "best"))}
    return chosen
