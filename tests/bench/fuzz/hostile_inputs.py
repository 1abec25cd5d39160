"""One hostile input: files in a folder of its own, and the command lines that meet them.

Even numbers are valid studies near the edge, odd ones are mutated: a study's bytes or values, a
command line, a record, or anything else the software reads. An input follows from its number.
"""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import legal_calls
import legal_studies
import numpy as np
from mutations import ODD, changed, changed_bytes, command_line, put_in_place

import noprop_vs_backprop as door
from bench import gallery, new, report, run, scaling
from bench.records.store import digest_of
from bench.study.cells import Cell
from reports import __main__ as anybodys

QUICK = {"epochs": 1}
COMMANDS = {
    "run": run, "report": report, "gallery": gallery, "new": new, "scaling": scaling, "door": door,
    "reports": anybodys,
}  # fmt: skip
DANGEROUS = {"--open", "--executor", "--help", "-h", "--address", "--slurm"}
"""Options that would open a browser, start a cluster, or say how to use the command."""


@dataclass
class Input:
    """What is called, in order, in `folder`; `legal` if the study was drawn from the schema."""

    number: int
    what: str = ""
    calls: list[tuple[str, list[str]]] = field(default_factory=list)
    legal: bool = False
    codes: list[int | None] = field(default_factory=list)


def prepare(number: int, folder: Path, finished: Path, toml: Callable[[Any], str]) -> Input:
    """Write the files of an input into `folder`; `finished` are results to spoil a copy of."""
    draw, made = Random(number), Input(number)
    if number % 2 == 0:
        _legal(made, draw, folder, toml)
    else:
        kinds = (_text, _values, _line, _record, _record, _other_file, _special, _data, _anybodys)
        draw.choice(kinds)(made, draw, folder, finished, toml)
    return made


def _legal(made: Input, draw: Random, folder: Path, toml: Callable[[Any], str]) -> None:
    small = draw.random() < 0.95
    content = legal_studies.study(draw, small=small, folder=folder)
    (folder / "tiny.toml").write_text(toml(content), encoding="utf-8", errors="surrogatepass")
    made.what, made.legal = "valid study, run" if small else "valid study, planned", True
    run = legal_calls.run_of(draw, content) if small else [*legal_calls.RUN, "--plan"]
    made.calls = [("run", run), *(legal_calls.after(draw, run) if small else ())]


def _format(draw: Random) -> list[str]:
    return ["--format", draw.choice(("html", "markdown", "latex", "csv", "json"))]


def _tiny(draw: Random, folder: Path) -> dict[str, Any]:
    content = legal_studies.study(draw, small=True, folder=folder)
    return content | {"seeds": content["seeds"][:1], "budget": QUICK}


def _text(made: Input, draw: Random, folder: Path, _: Path, toml: Callable[[Any], str]) -> None:
    made.what = "study, bytes"
    (folder / "tiny.toml").write_bytes(changed_bytes(toml(_tiny(draw, folder)).encode(), draw))
    made.calls.append(("run", ["--study", "tiny.toml", *legal_calls.HERE, "--plan"]))


def _values(made: Input, draw: Random, folder: Path, _: Path, toml: Callable[[Any], str]) -> None:
    made.what, content = "study, values", _tiny(draw, folder)
    for _time in range(draw.choice((1, 1, 2, 4))):
        content = changed(content, draw)
        if not isinstance(content, dict):
            content = {"name": "x"}
    (folder / "tiny.toml").write_text(toml(_written(content)), encoding="utf-8", errors="replace")
    made.calls.append(("run", ["--study", "tiny.toml", *legal_calls.HERE, "--plan"]))


def _written(value: Any) -> Any:
    """Return `value` without what TOML has no word for."""
    if isinstance(value, dict):
        return {key: _written(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_written(inner) for inner in value if inner is not None]
    return value


def _line(
    made: Input, draw: Random, folder: Path, finished: Path, toml: Callable[[Any], str]
) -> None:
    name = draw.choice((*COMMANDS, "run", "run", "report"))
    made.what = f"command line of {name}"
    shutil.copytree(finished, folder / "results")
    (folder / "tiny.toml").write_text(toml(_tiny(draw, folder)), encoding="utf-8")
    flags = [
        flag for action in COMMANDS[name].parser()._actions for flag in action.option_strings
        if flag not in DANGEROUS
    ]  # fmt: skip
    words = command_line(flags or [""], draw)
    if name == "run":  # what it would run has to be short
        words = ["--study", "tiny.toml", *words, *legal_calls.HERE, "--plan"]
    elif name == "door":
        words = [*words, "--epochs", "0"]
    made.calls.append((name, words))


def _record(
    made: Input, draw: Random, folder: Path, finished: Path, _: Callable[[Any], str]
) -> None:
    made.what = "record"
    shutil.copytree(finished, folder / "results")
    for path in draw.sample(
        sorted((folder / "results" / "tiny" / "records").glob("*.json")), draw.choice((1, 1, 2))
    ):
        content = json.loads(path.read_text())
        content.pop("digest")
        for _time in range(draw.choice((1, 1, 2, 3))):
            content = changed(content, draw)
            if not isinstance(content, dict):
                break
        if isinstance(content, dict) and draw.random() < 0.8:  # by somebody who knows how
            if draw.random() < 0.8:
                _identified(content)
            content["digest"] = digest_of(content)
        path.write_text(json.dumps(content))
    _read_back(made, draw)


def _identified(content: dict[str, Any]) -> None:
    try:
        content["cell_id"] = Cell.model_validate(content["cell"]).id
    except (KeyError, ValueError, TypeError, RecursionError, OverflowError):
        return


def _read_back(made: Input, draw: Random) -> None:
    choices: list[tuple[str, list[str]]] = [
        ("report", ["results", *_format(draw)]),
        ("report", ["results/tiny", "--all-configurations", *_format(draw)]),
        ("report", ["results/tiny", "--against", "results/tiny", "--fail-on", "slower,failures"]),
        ("run", ["--study", "tiny.toml", "--export", "runs.csv"]),
        ("run", ["--study", "tiny.toml", "--export", "runs.parquet"]),
        ("run", ["--study", "tiny.toml", "--plan"]),
        ("run", ["--study", "tiny.toml", *legal_calls.HERE]),
        ("gallery", ["results"]),
        ("scaling", ["results/tiny"]),
    ]
    made.calls += draw.sample(choices, 2)


def _other_file(
    made: Input, draw: Random, folder: Path, finished: Path, _: Callable[[Any], str]
) -> None:
    shutil.copytree(finished, folder / "results")
    name = draw.choice(("study.json", "study.json", "reported.json", "looks/5.json"))
    made.what, path = name, folder / "results" / "tiny" / name
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        known = {
            "looks/5.json": {
                "schema_version": 1, "looks": [5, 10, 20], "methods": ["backprop"],
                "baseline": "backprop", "metric": "test_accuracy", "alpha": 0.05, "seeds": [0],
                "level": 0.01, "spent": 0.01, "verdicts": {}, "undecided": [], "made_at": "",
            },
            "reported.json": [{"seeds": "0-5", "declared": "0-5", "at": "now"}],
        }  # fmt: skip
        path.write_text(json.dumps(known[name]))
    if draw.random() < 0.7:
        content = json.loads(path.read_text())
        for _time in range(draw.choice((1, 1, 2))):
            content = changed(content, draw)
        path.write_text(json.dumps(content))
    else:
        path.write_bytes(changed_bytes(path.read_bytes(), draw))
    _read_back(made, draw)


def _special(
    made: Input, draw: Random, folder: Path, finished: Path, toml: Callable[[Any], str]
) -> None:
    shutil.copytree(finished, folder / "results")
    records = [f"records/{p.name}" for p in (finished / "tiny" / "records").iterdir()]
    inside = ("claims", "study.json", "reported.json", "looks", "looks/5.json", "records",
              "superseded", "report.html", *records[:2])  # fmt: skip
    outside = ("tiny.toml", "runs.csv", "runs.parquet", "results/index.html", "results/tiny",
               "site", "digits.npz", "data")  # fmt: skip
    name = draw.choice(inside) if draw.random() < 0.7 else draw.choice(outside)
    made.what = f"no file: {name.replace(records[0], 'record').replace(records[1], 'record')}"
    put_in_place(folder / (name if name in outside else f"results/tiny/{name}"), draw)
    _read_back(made, draw)
    made.calls.append(
        ("run", ["--study", "tiny.toml", *legal_calls.HERE, *draw.choice(([], ["--rerun"]))])
    )


def _data(made: Input, draw: Random, folder: Path, _: Path, toml: Callable[[Any], str]) -> None:
    made.what, count = "data of one's own", draw.choice((0, 1, 2, 5, 40))
    channels = draw.choice(((), (1,), (3,), (2,)))
    shape = (count, *draw.choice(((8, 8), (1, 1), (3, 50), (0, 8))), *channels)
    kind = draw.choice(("u1", "u1", "u1", "f4", "i8", "O", "U3"))
    images = np.full(shape, 7).astype(kind)
    labels = np.array([draw.choice((0, 1, 2, 3)) for _ in range(count)], dtype="i8")
    if draw.random() < 0.3:
        labels = labels + draw.choice((-1, 2**62, 1000))
    np.savez(folder / "own.npz", train_images=images, train_labels=labels)
    if draw.random() < 0.3:
        path = folder / "own.npz"
        path.write_bytes(changed_bytes(path.read_bytes(), draw))
    content = _tiny(draw, folder) | {"datasets": ["own.npz"]}
    for name in ("train_images", "target_accuracy_percent"):
        content.pop(name, None)
    (folder / "tiny.toml").write_text(toml(content), encoding="utf-8")
    made.calls.append(("run", ["--study", "tiny.toml", *legal_calls.HERE]))


def _anybodys(made: Input, draw: Random, folder: Path, _: Path, toml: Callable[[Any], str]) -> None:
    made.what = "anybody's table"
    rows = [
        {"method": m, "seed": s, "accuracy": 0.5 + 0.01 * s, "seconds": 1.0 + s}
        for m in ("a", "b", "c") for s in range(4)
    ]  # fmt: skip
    for _time in range(draw.choice((1, 2, 5))):
        row, name = draw.choice(rows), draw.choice(("method", "seed", "accuracy", "seconds", "new"))
        row[name] = draw.choice([value for value in ODD if not isinstance(value, dict | list)])
    ending = draw.choice(("csv", "json", "jsonl"))
    path = folder / f"table.{ending}"
    if ending == "csv":
        lines = ["method,seed,accuracy,seconds,new"] + [
            ",".join(str(row.get(k, "")) for k in ("method", "seed", "accuracy", "seconds", "new"))
            for row in rows
        ]
        text = "\n".join(lines)
    elif ending == "json":
        text = json.dumps(rows)
    else:
        text = "\n".join(map(json.dumps, rows))
    content = text.encode("utf-8", "surrogatepass")
    path.write_bytes(changed_bytes(content, draw) if draw.random() < 0.3 else content)
    if draw.random() < 0.1:
        path.unlink()
        os.mkfifo(path)
    made.calls.append(("reports", [path.name, "--baseline", "a", *_format(draw)]))
