"""Which names of columns stand for what: roles, kinds of metric, units.

Names are compared in lower case with `_` for every space, dot and hyphen, so `Random State` is
`random_state`; a prefix such as `metrics.` or `params.`, which trackers of experiments write before
their columns, is dropped. docs/your-own-results.md has these tables for the reader.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from reports.input.units import BYTES, JOULES, PERCENT, SECONDS, Unit, Units

ROLES: dict[str, tuple[str, ...]] = {
    "method": ("method", "algorithm", "algo", "model", "approach", "arm", "learner", "agent"),
    "seed": (
        "seed", "random_seed", "random_state", "rng_seed", "run", "run_id", "trial", "repeat",
        "repetition", "replicate", "rep", "fold",
    ),
    "dataset": (
        "dataset", "data_set", "data", "task", "env", "environment", "benchmark", "problem",
    ),
    "batch_size": ("batch_size", "batchsize", "minibatch_size", "batch", "bs"),
    "timesteps": ("timesteps", "time_steps", "num_timesteps", "diffusion_steps", "t"),
    "device": ("device", "hardware", "accelerator"),
    "budget": ("budget",),
    "status": ("status", "state"),
}  # fmt: skip
"""Names of every role, the likeliest first: of several that are there, the first is taken."""

NEEDED = ("method", "seed")

OK = frozenset({"ok", "finished", "success", "succeeded", "complete", "completed", "done"})
FAILED = {
    "diverged": "diverged",
    "nan": "diverged",
    "out-of-memory": "out-of-memory",
    "oom": "out-of-memory",
    "timeout": "timeout",
    "timed-out": "timeout",
    "error": "error",
    "failed": "error",
    "failure": "error",
    "crashed": "error",
    "killed": "error",
}
"""How a run did not finish, by what a table calls it."""


class Kind(StrEnum):
    """What a metric measures, as far as its name tells."""

    SHARE = "share"  # between 0 and 1, or in percent
    SCORE = "score"
    LOSS = "loss"
    TIME = "time"
    MEMORY = "memory"
    ENERGY = "energy"


KINDS: dict[Kind, frozenset[str]] = {
    Kind.SHARE: frozenset(
        [
            "acc",
            "accuracy",
            "top1",
            "top5",
            "f1",
            "auc",
            "auroc",
            "auprc",
            "precision",
            "recall",
            "iou",
            "miou",
            "dice",
            "ndcg",
            "winrate",
        ]
    ),
    Kind.SCORE: frozenset(
        [
            "score",
            "reward",
            "return",
            "returns",
            "r2",
            "bleu",
            "rouge",
            "psnr",
            "ssim",
            "elo",
            "mcc",
            "throughput",
            "fps",
        ]
    ),
    Kind.LOSS: frozenset(
        [
            "loss",
            "nll",
            "crossentropy",
            "mse",
            "rmse",
            "mae",
            "perplexity",
            "ppl",
            "fid",
            "wer",
            "cer",
            "bpd",
            "error",
            "err",
            "regret",
            "brier",
            "ece",
        ]
    ),
    Kind.TIME: frozenset(
        ["time", "duration", "runtime", "walltime", "elapsed", "latency", "seconds"]
    ),
    Kind.MEMORY: frozenset(["memory", "mem", "vram", "ram"]),
    Kind.ENERGY: frozenset(["energy", "joules"]),
}
"""Words of a column's name that tell the kind; the last such word decides."""

HIGHER_IS_BETTER = frozenset({Kind.SHARE, Kind.SCORE})


@dataclass(frozen=True, slots=True)
class UnitName:
    """A unit as tables name it: of which kinds, shown in which units, and how many base units."""

    kinds: frozenset[Kind]
    units: Units
    factor: float = 1.0


_TIME, _MEMORY = frozenset({Kind.TIME}), frozenset({Kind.MEMORY})
UNITS: dict[str, UnitName] = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), UnitName(_TIME, SECONDS)),
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), UnitName(_TIME, SECONDS, 1e-3)),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), UnitName(_TIME, SECONDS, 60.0)),
    **dict.fromkeys(("h", "hour", "hours"), UnitName(_TIME, SECONDS, 3600.0)),
    **dict.fromkeys(("bytes", "byte"), UnitName(_MEMORY, BYTES)),
    "kib": UnitName(_MEMORY, BYTES, 2.0**10),
    "mib": UnitName(_MEMORY, BYTES, 2.0**20),
    "gib": UnitName(_MEMORY, BYTES, 2.0**30),
    # What people call MB is 1000² bytes or 1024², so it is shown under the name it came with.
    "kb": UnitName(_MEMORY, Units("KB", (Unit("KB"),))),
    "mb": UnitName(_MEMORY, Units("MB", (Unit("MB"),))),
    "gb": UnitName(_MEMORY, Units("GB", (Unit("GB"),))),
    **dict.fromkeys(("j", "joule", "joules"), UnitName(frozenset({Kind.ENERGY}), JOULES)),
    **dict.fromkeys(
        ("percent", "percentage", "pct", "%"), UnitName(frozenset({Kind.SHARE, Kind.LOSS}), PERCENT)
    ),
}  # fmt: skip

PREFIXES = re.compile(r"^(metrics?|params?|tags?|config|summary|hparams?)[./]", re.IGNORECASE)
EXPANDED = {"acc": "accuracy", "mem": "memory", "val": "validation", "err": "error"}
CAPITALS = frozenset(
    [
        "nll",
        "mse",
        "rmse",
        "mae",
        "fid",
        "auc",
        "auroc",
        "auprc",
        "iou",
        "miou",
        "bleu",
        "psnr",
        "ssim",
        "f1",
        "ece",
    ]
)


def plain(name: str) -> str:
    """Return a column's name as it is compared: lower case, `_` between its words."""
    return re.sub(r"[\s.\-/]+", "_", PREFIXES.sub("", name.strip())).lower().strip("_")


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a column's name; a unit in brackets is one of them."""
    return tuple(re.findall(r"[a-z0-9%]+", plain(name)))


def kind_of(name: str) -> Kind | None:
    """Return what a column's name says is measured, if it says so."""
    for word in reversed(words_of(name)):
        for kind, known in KINDS.items():
            if word in known:
                return kind
    return None


def unit_of(name: str, kind: Kind | None) -> UnitName | None:
    """Return the unit that a column's name ends in, if it is one of that kind's."""
    unit = UNITS.get(words_of(name)[-1]) if words_of(name) else None
    return unit if unit is not None and kind in unit.kinds else None


def spelled(name: str, kind: Kind | None) -> str:
    """Return a column's name as the page writes it: words, without the unit at the end."""
    words = list(words_of(name))
    if len(words) > 1 and unit_of(name, kind) is not None:
        words.pop()
    shown = [w.upper() if w in CAPITALS else EXPANDED.get(w, w) for w in words]
    text = " ".join(shown) or name
    return text[:1].upper() + text[1:]
