"""Records of a scaling study, the model fitted to them, and its tables and figure."""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from statistics import fmean

from bench.command import say
from bench.records.frame import seconds_of
from bench.records.record import Record
from bench.records.steadiness import typical
from bench.records.store import RecordStore
from noprop_core.declared import without_variant
from noprop_core.errors import InvalidSetting
from noprop_core.parallel.pipeline import MICRO_BATCHES
from reports.display.palette import styles
from reports.display.picture import Axis, Line, Panel, Picture, Plot
from reports.drawing.drawing import can_draw, draw
from reports.drawing.theme import ThemeColour, theme
from reports.files.output import write_whole
from reports.scaling.projection import (
    Fit,
    Link,
    Measured,
    Task,
    bytes_of_memory,
    bytes_per_device,
    fit,
    seconds,
)

NOPROP, CHAIN = "noprop-dt", "backprop"
WAYS = {"blocks": "NoProp, blocks", "data": "backprop, DDP", "pipeline": "backprop, pipeline"}
BLOCKS = (10, 100, 1000)
DEVICES = (8, 64, 512, 1000)


def project(arguments: argparse.Namespace) -> int:
    """Print fit and projection, and draw them; return the exit code."""
    if not (arguments.bandwidth > 0 and arguments.latency >= 0):
        raise InvalidSetting("--bandwidth must be above 0, and --latency at least 0")
    records = [record for record in RecordStore(arguments.folder).load() if record.status == "ok"]
    measured = {name: measured_of(records, name) for name in (CHAIN, NOPROP)}
    lacking = [name for name, found in measured.items() if len({m.way for m in found}) < 2]
    if lacking:
        raise InvalidSetting(
            f"'{arguments.folder}': {' and '.join(lacking)} must have been run divided and "
            "undivided: torchrun --nproc-per-node 2 -m bench.run --study scaling"
        )
    task = task_of(records)
    fitted = fit(measured[CHAIN], measured[NOPROP], task)
    link = Link(arguments.bandwidth, arguments.latency)
    say("\n".join(lines(fitted, task, link)))
    if arguments.output is not None:
        write_figure(fitted, task, link, arguments.output)
        say(arguments.output)
    return 0


def measured_of(records: Iterable[Record], method: str) -> list[Measured]:
    """Return the mean epoch of every way, T and number of ranks of `method`, over the seeds."""
    found: dict[tuple[str, int, int], list[float]] = defaultdict(list)
    for record in records:
        cell = record.cell
        if cell.timesteps is None or cell.execution.stacked:
            continue
        if without_variant(cell.method) == method:
            key = (cell.execution.division, cell.timesteps, cell.execution.ranks)
            found[key].append(typical(seconds_of(record)))
    return [
        Measured(way, timesteps, ranks, fmean(values))
        for (way, timesteps, ranks), values in sorted(found.items())
    ]


def task_of(records: Iterable[Record]) -> Task:
    """Return what one epoch of the study trains, from its largest chain."""
    chains = [r for r in records if r.cell.method == CHAIN and r.parameters and r.examples_seen]
    if not chains:
        raise InvalidSetting(f"no undivided run of {CHAIN}")
    largest = max(chains, key=lambda r: r.cell.timesteps or 0)
    smallest = min(chains, key=lambda r: r.cell.timesteps or 0)
    more = (largest.cell.timesteps or 0) - (smallest.cell.timesteps or 0)
    block = ((largest.parameters or 0) - (smallest.parameters or 0)) // more if more else 0
    images = (largest.examples_seen or 0) // len(largest.epochs)
    batch = largest.cell.batch_size
    return Task(images, -(-images // batch), batch, block, 10, MICRO_BATCHES)


def lines(fitted: Fit, task: Task, link: Link) -> list[str]:
    """Return the fit and the projection as Markdown."""
    errors = ", ".join(f"{way} {100 * error:.0f} %" for way, error in fitted.worst.items())
    chain, noprop = (_letters(c) for c in (fitted.chain, fitted.independent))
    head = [
        f"Fitted: back-propagation {chain}; NoProp {noprop} (seconds).",
        f"Largest error at a measured point: {errors}.",
        f"A block has {task.block_parameters:,} parameters; {task.steps} steps an epoch; link "
        f"{link.bytes_per_second:.3g} B/s, {1e6 * link.latency:g} µs.",
        "",
        "| blocks | devices | way | time per epoch | sent per device | memory per device |",
        "|---|---|---|---|---|---|",
    ]
    body = [
        f"| {t} | {n} | {WAYS[way]} | {_time(seconds(way, t, n, fitted, task, link))} | "
        f"{_bytes(bytes_per_device(way, t, n, task))} | "
        f"{_bytes(bytes_of_memory(way, t, n, task))} |"
        for t, n, way in product(BLOCKS, DEVICES, WAYS)
    ]
    return [*head, *body, "", *(_winner(t, fitted, task, link) for t in BLOCKS)]


def write_figure(fitted: Fit, task: Task, link: Link, path: Path) -> None:
    """Draw the time of an epoch over the number of devices, a panel for each T."""
    if not can_draw():
        raise InvalidSetting('-o needs matplotlib: pip install "noprop-bench[plots]"')
    devices = sorted({1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000})

    def line(way: str, t: int) -> Line:
        points = [(n, seconds(way, t, n, fitted, task, link)) for n in devices]
        known = [(float(n), found) for n, found in points if found is not None]
        x, y = zip(*known, strict=True)
        return Line(WAYS[way], x, y, (None,) * len(x), (None,) * len(x))

    picture = Picture(
        slug="scaling",
        title="Time of an epoch over the number of devices, by the model",
        plot=Plot(
            (tuple(Panel(f"{t} blocks", tuple(line(w, t) for w in WAYS)) for t in BLOCKS),),
            Axis("devices", log=True),
            Axis("time per epoch (s)", log=True),
        ),
        how_to_read="",
        what_it_says="A model fitted to runs over one and two processes, not a measurement.",
    )
    shown = styles(list(WAYS.values()))
    write_whole(_with_colours(draw(picture, shown), theme(shown.values())), path)


def _with_colours(svg: str, colours: Iterable[ThemeColour]) -> str:
    """Give a figure by itself the colours that a page would give it, light and dark."""
    colours = list(colours)
    light = "".join(f"{c.variable}:{c.light};" for c in colours)
    dark = "".join(f"{c.variable}:{c.dark};" for c in colours)
    style = f"<style>svg{{{light}}}@media (prefers-color-scheme: dark){{svg{{{dark}}}}}</style>"
    start, _, rest = svg.partition("<title")
    return f"{start}{style}<title{rest}"


def _winner(t: int, fitted: Fit, task: Task, link: Link) -> str:
    def fastest(n: int) -> str:
        times = {way: seconds(way, t, n, fitted, task, link) for way in WAYS}
        known = {way: found for way, found in times.items() if found is not None}
        return min(known, key=known.__getitem__)

    turns: list[tuple[int, str]] = []
    for n in range(2, max(DEVICES) + 1):
        way = fastest(n)
        if not turns or turns[-1][1] != way:
            turns.append((n, way))
    words = "; ".join(f"from {n} devices on {WAYS[way]}" for n, way in turns)
    return f"Fastest with {t} blocks: {words}."


def _letters(coefficients: Mapping[str, float]) -> str:
    return ", ".join(f"{letter} = {value:.3g}" for letter, value in coefficients.items())


def _time(found: float | None) -> str:
    return "–" if found is None else f"{found:.3g} s"


def _bytes(value: float) -> str:
    for size, unit in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.0f} B"
