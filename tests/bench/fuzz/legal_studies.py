"""Valid studies near the edge: everything that a declaration may say, as extreme as it may be.

What costs time is kept small where a study is really run. An entry that does not go with those
before it is drawn again, or left out: what excludes what is the study's own to say.
"""

from pathlib import Path
from random import Random
from typing import Any

from legal_data import own_data
from legal_values import FEW, FLOATS, TEXTS, entry_of, table
from pydantic import ValidationError

from bench.study.study import Study
from noprop_core import registry
from reports.input.metrics import METRICS
from reports.input.plan import Margins

METHODS = sorted(registry.built_in())
NAMES = ("tiny", "A", "0" * 128, "a.b_c+d=e,f-", "x..y", "a-", "con", "1e5")
SEEDS = (0, 1, 2, 2**31, 2**53 + 1, 2**63 - 1)
IMAGES = (2, 3, 7, 16, 17, 33)
LONG = ("steps", "units", "classifier_inputs")
"""Options whose defaults are for real networks."""
TRIES = 3
SCHEMA = Study.model_json_schema()
RULES = ("alpha", "power", "families", "precision", "deterministic", "gradient_norms",
         "cuda_graphs", "stack_seeds", "ranks", "threads", "inference_repeats")  # fmt: skip
"""Entries that are drawn by the schema alone."""


def study(draw: Random, *, small: bool, folder: Path) -> dict[str, Any]:
    """Draw a study's entries; with `small`, a few short runs, whose own data go to `folder`."""
    methods, images = draw.sample(METHODS, draw.choice((1, 1, 1, 2))), draw.choice(IMAGES)
    if draw.random() < 0.15:
        methods.append(f"{methods[0]}/{draw.choice(('v', 'x y', '0._-', 'V' * 40))}")
    content: dict[str, Any] = {
        "name": draw.choice(NAMES),
        "datasets": [own_data(draw, folder, images) if draw.random() < 0.25 else "digits"],
        "methods": methods,
        "baseline": draw.choice(methods),
        "seeds": draw.sample(SEEDS, draw.choice((1, 1, 1, 1, 2, 3))),
        # As large as the data, one image left over, the smallest that there is.
        "batch_sizes": [draw.choice([b for b in (images, images - 1, images // 2, 2) if b > 1])],
        "timesteps": [draw.choice((1, 1, 2, 3))],
        "train_images": images,
        "budget": budget(draw),
        "threads": 1,
        "inference_repeats": 1,
        "options": {"width": draw.choice((0.02, 0.05))},
        "method": {name: costly(name, draw, small=small) for name in methods},
    }
    for entry, drawn in optional(content, draw, small=small).items():
        for _ in range(TRIES):
            if fits(wanted := {**content, entry: drawn()}):
                content = wanted
                break
    for name in content["methods"] if draw.random() < 0.7 else ():
        content = with_options(content, name, draw, small=small)
    return content


def fits(content: dict[str, Any]) -> bool:
    """Tell whether that is a study."""
    try:
        Study.model_validate(content)
    except ValidationError:
        return False
    return True


def costly(method: str, draw: Random, *, small: bool) -> dict[str, Any]:
    """Return those of a method's options that make a run long, small."""
    known = registry.find(method.partition("/")[0]).Config.model_json_schema()["properties"]
    few: dict[str, Any] = {name: draw.choice(FEW[name]) for name in LONG if name in known}
    if "schedule" in known and "Learned" in str(known["schedule"]):
        few["schedule"] = {"hidden": draw.choice(FEW["hidden"])}
    return few if small else {}


def optional(content: dict[str, Any], draw: Random, *, small: bool) -> dict[str, Any]:
    """Return how the entries are drawn that this study has beside those that each has."""
    defs = SCHEMA["$defs"]
    ways: dict[str, tuple[float, Any]] = {
        "seeds": (0.04, lambda: sorted(draw.sample(range(9), 3))),
        "sequential": (0.04, lambda: {"looks": [3]}),
        "margins": (0.2, lambda: {draw.choice(Margins.entries()): draw.choice(FLOATS)}),
        "primary_metric": (0.3, lambda: draw.choice(METRICS).column),
        "target_accuracy_percent": (
            0.2, lambda: draw.choice((1e-300, 50.0, 100, {content["datasets"][0]: 10.0}))
        ),
        "description": (0.2, lambda: draw.choice(TEXTS)),
        "tuning": (0.1, lambda: tuning(content, draw)),
    }  # fmt: skip
    for name in RULES:
        entry = SCHEMA["properties"][name]
        if small and name == "threads":
            ways[name] = (0.01, lambda: 2)  # on a busy machine each waits long for the other
        elif not (small and name == "ranks"):
            ways[name] = (0.15, lambda n=name, e=entry: entry_of(n, e, draw, defs, small=small))
    return {name: way for name, (chance, way) in ways.items() if draw.random() < chance}


def with_options(
    content: dict[str, Any], method: str, draw: Random, *, small: bool
) -> dict[str, Any]:
    """Return the study with options of a method drawn, each so that it goes with the others."""
    config = registry.find(method.partition("/")[0]).Config.model_json_schema()
    drawn = table(config, draw, config.get("$defs", {}), small=small)
    if content["datasets"] != ["digits"]:  # of published data the study knows the size
        drawn.pop("padding", None)
    for name, value in drawn.items():
        own = content["method"].get(method, {})
        if isinstance(value, dict) and isinstance(own.get(name), dict):
            value = {**value, **own[name]}
        tables = {**content["method"], method: {**own, name: value}}
        if fits(wanted := {**content, "method": tables}):
            content = wanted
    return content


def tuning(content: dict[str, Any], draw: Random) -> dict[str, Any]:
    """Draw how a study is tuned: of little, and in few trials."""
    declared = {
        "trials": 2,
        "seeds": draw.sample((77, 78, 2**62), draw.choice((1, 1, 2))),
        "sampler": draw.choice(("qmc", "tpe")),
        "sampler_seed": draw.choice((0, 2**31 - 1)),
        "datasets": content["datasets"],
        "batch_sizes": content["batch_sizes"],
        "space": {"all": {"optimizer.learning_rate": {"low": 1e-9, "high": 1.0, "log": True}}},
    }
    kept = ("trials", "seeds", *draw.sample(sorted(declared), 3))
    return {name: declared[name] for name in kept}


def budget(draw: Random) -> dict[str, Any]:
    """Draw a budget of an epoch or two."""
    ends = {"patience": 1, "max_epochs": draw.choice((1, 2)), "min_gain": draw.choice((0.0, 1e300))}
    kinds = [{"epochs": 1}, {"epochs": 1}, {"seconds": draw.choice((5e-324, 1e-9, 0.01))},
             {"convergence": ends}]  # fmt: skip
    chosen: dict[str, Any] = draw.choice(kinds)
    if draw.random() < 0.2:
        chosen = {**chosen, "keep": draw.choice(("last", "best"))}
    return chosen
