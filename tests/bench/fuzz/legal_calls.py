"""What is done with a valid study: run as it is or with options, and what may follow a run."""

from random import Random
from typing import Any

HERE = ("--isolation", "none", "--device", "cpu")
RUN = ("--study", "tiny.toml", *HERE)
Call = tuple[str, list[str]]


def run_of(draw: Random, content: dict[str, Any]) -> list[str]:
    """Return a command line that runs the study or a part of it."""
    words = list(RUN)
    if draw.random() < 0.3:
        words += draw.choice(_options(draw, content))
    return words


def _options(draw: Random, content: dict[str, Any]) -> list[list[str]]:
    options = [
        ["--seeds", str(content["seeds"][0])],
        ["--methods", content["methods"][0]],
        ["--set", "optimizer.learning_rate=1e-2"],
        ["--keep", "last"],
        ["--name", draw.choice(("other", "_".join("ab"), "0"))],
        ["--per-torch"],
        ["--rerun"],
        ["--shard", "1/1"],
        ["--results", draw.choice(("ergebnisse ä", "a/b/c", "./results", "数"))],
        ["--save-predictions"],
        ["--save-model"],
    ]
    if content["budget"].get("keep") != "best":
        options.append(["--budget", "epochs=1"])
    return options


def after(draw: Random, run: list[str]) -> list[Call]:
    """Return what is called after the run, mostly nothing."""
    chance, again = draw.random(), ("run", run)
    if "--results" in run or "--name" in run or chance > 0.3:
        return []
    if chance < 0.03:
        return [again]
    if chance < 0.05:
        return [("run", [*run, "--plan"])]
    if chance < 0.1:
        return [("run", [*run, "--export", name]) for name in ("runs.csv", "runs.parquet")]
    if chance < 0.12:
        return [("run", [*RUN, "--tune", "--trials", "2"])]
    formats = ("html", "markdown", "latex", "latex-tables", "csv", "json")
    words = ["results", "--format", formats[int(chance * 1000) % len(formats)]]
    return [("report", words if draw.random() < 0.8 else [*words, "--all-configurations"])]
