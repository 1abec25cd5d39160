"""The pages that are opened: every section there is, hostile names all over, and a usual study."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from large_study import Design, Frames, large_study

from reports.display.view import MethodNote
from reports.input.plan import Plan
from reports.page.analysis import analyse
from reports.page.html import render

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "_$\\frac{$ & 'x' \"onload=\"alert(3)",
    "]]>{{ 7*7 }}</style></svg><b id=escaped>",
    '"] { } * { display: none } [x="',
)
ENDLESS = "a-name-without-a-space-" * 8
FULL = Design(
    methods=("backprop", "noprop-dt", "noprop-dt/learned", "classifier"),
    without_t=frozenset({"classifier"}),
    datasets=("digits", "mnist"),
    batch_sizes=(64, 1024),
    timesteps=(2, 10),
    seeds=6,
    epochs=6,
    releases=("2.9.1", "2.10.0"),
)
QUICK = Design(
    methods=("backprop", "noprop-dt", "noprop-shared", "joint-shared", "classifier"),
    without_t=frozenset({"classifier"}),
    datasets=("digits",),
    batch_sizes=(64, 128),
    timesteps=(2, 10),
    seeds=8,
    epochs=10,
)
"""As large as the study `quick`."""


@dataclass(frozen=True)
class Written:
    """A page on disk, the frames it shows, and its HTML, for tests that break it on purpose."""

    path: Path
    frames: Frames
    html: str
    title: str

    def broken(self, change: Callable[[str], str], folder: Path) -> Path:
        """Write the page, changed, to `folder`; the change must change something."""
        html = change(self.html)
        assert html != self.html
        path = folder / "broken.html"
        path.write_text(html, encoding="utf-8")
        return path


def full_page(folder: Path) -> Written:
    """Write a page of several data sets, releases, failures, controls and memory parts."""
    notes = [
        MethodNote("noprop-dt", "Block by block", "a paper", ("fewer channels",), {"lr": 0.1}),
        MethodNote("classifier", "A network without T", ""),
    ]
    frames = large_study(FULL)
    # The older release in one corner is enough for a comparison; axe-core takes long over tables.
    runs = frames.runs
    corner = (runs["dataset"] == "digits") & (runs["batch_size"] == 64)
    runs = runs[corner | (runs["torch_version"] == FULL.releases[-1])].reset_index(drop=True)
    rest = (f[f["cell"].isin(runs["cell"])] for f in (frames.epochs, frames.controls))
    epochs, controls = (frame.reset_index(drop=True) for frame in rest)
    frames = Frames(runs, epochs, controls)
    return _write(folder, frames, "A synthetic study", {"python": "3.11"}, notes)


def quick_page(folder: Path) -> Written:
    """Write the page of a study like `quick`, as long as most that are made."""
    notes = [MethodNote(n, "Block by block", "a paper", (), {"lr": 0.1}) for n in QUICK.methods]
    return _write(folder, large_study(QUICK), "A quick study", {"python": "3.11"}, notes)


def hostile_page(folder: Path) -> Written:
    """Write a page whose every name is one that HTML, CSS or a script would trip over."""
    script, image, maths, template, style = HOSTILE
    frames = large_study(
        Design(
            methods=("backprop", *HOSTILE, ENDLESS),
            without_t=frozenset({maths}),
            datasets=(image, style, ENDLESS),
            batch_sizes=(64,),
            timesteps=(2, 5),
            seeds=4,
            epochs=4,
        )
    )
    runs = frames.runs
    failed = runs["status"] != "ok"
    runs.loc[failed, "failure"] = [HOSTILE[i % len(HOSTILE)] for i in range(failed.sum())]
    runs[["device_name", "processor", "code_version"]] = script
    runs.loc[::50, "disturbed"] = image
    frames.controls["control"] = template
    environment = {name: name for name in (*HOSTILE, ENDLESS)}
    notes = [MethodNote(n, n, n, (n, ENDLESS), {n: ENDLESS}) for n in HOSTILE]
    return _write(folder, frames, script, environment, notes)


def _write(
    folder: Path, frames: Frames, title: str, environment: dict[str, str], notes: list[MethodNote]
) -> Written:
    plan = Plan.declared({"title": title, "baseline": "backprop", "description": title})
    analysis = analyse(frames.runs, frames.epochs, plan, frames.controls)
    data = {"runs": frames.runs, "epochs": frames.epochs, "controls": frames.controls}
    html = render(analysis, environment, notes, data)
    path = folder / "report.html"
    path.write_text(html, encoding="utf-8")
    return Written(path, frames, html, title)
