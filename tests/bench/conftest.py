"""Tiny studies, records made without training, and commands called as a shell would."""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from bench import run
from bench.command import run_command
from bench.execute.executor import ISOLATIONS, make
from bench.execute.launch import Launch
from bench.records.record import (
    Environment,
    Epoch,
    Memory,
    Phases,
    Record,
)
from bench.records.store import RecordStore
from bench.runner import Outcome, run_study
from bench.study.cells import Cell, expand
from bench.study.study import Study
from noprop_core.methods.classifier import Classifier

BENCH = Path(run.__file__).parent

TINY: dict[str, Any] = {
    "name": "tiny",
    "datasets": ["digits"],
    "methods": ["backprop", "classifier", "noprop-shared"],
    "seeds": [0, 1],
    "batch_sizes": [64],
    "timesteps": [2],
    "train_images": 64,
    "inference_repeats": 2,
    "threads": 1,
    "budget": {"epochs": 2},
    "options": {"width": 0.25},
}


def toml_value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(k)} = {toml_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(v) for v in value) + "]"
    if isinstance(value, float):
        return repr(value)
    # TOML's strings, whole numbers and booleans are JSON's, but for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return toml_value(str(key))


def _toml(content: dict[str, Any]) -> str:
    return "".join(f"{_key(key)} = {toml_value(value)}\n" for key, value in content.items())


@pytest.fixture(scope="session")
def toml() -> Callable[[dict[str, Any]], str]:
    return _toml


@pytest.fixture(scope="session")
def tiny() -> dict[str, Any]:
    """Return the content of a study of 6 cells that takes about a second."""
    return TINY


@pytest.fixture(scope="session")
def study() -> Callable[..., Study]:
    return lambda **changes: Study.model_validate(TINY | changes)


@pytest.fixture
def study_file(tmp_path: Path) -> Callable[..., Path]:
    """Write the tiny study with changes; a value of None leaves the entry out."""

    def write(**changes: Any) -> Path:
        content = {k: v for k, v in (TINY | changes).items() if v is not None}
        path = tmp_path / "tiny.toml"
        path.write_text(_toml(content), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def cell() -> Callable[..., Cell]:
    """Make a cell of the tiny study with changes: of its fields, or of its two parts'."""
    first = expand(Study.model_validate(TINY), "cpu")[0].model_dump()
    parts = {
        "epochs": "budget",
        "device": "execution",
        "threads": "execution",
        "cuda_graphs": "execution",
        "gradient_norms": "execution",
        "precision": "execution",
        "deterministic": "execution",
    }

    def make(**changes: Any) -> Cell:
        content = first | {k: v for k, v in changes.items() if k not in parts}
        for name in parts.keys() & changes.keys():
            content[parts[name]] = content[parts[name]] | {name: changes[name]}
        return Cell.model_validate(content)

    return make


@pytest.fixture(scope="session")
def record(cell: Callable[..., Cell]) -> Callable[..., Record]:
    """Make a good record of `cell` without a run; changes replace its entries."""
    epoch = Epoch(seconds=0.5, train_loss=1.25, validation_accuracy=0.75)
    environment = Environment(
        **dict.fromkeys(("noprop_bench", "code_version", "python", "torch", "torchvision"), "1"),
        **dict.fromkeys(("numpy", "cuda", "driver", "device", "processor", "platform"), "some"),
        logical_cores=2,
        threads=1,
    )

    def make(of: Cell | None = None, **changes: Any) -> Record:
        of = of or cell()
        good: dict[str, Any] = {
            "study": "tiny",
            "cell_id": of.id,
            "cell": of,
            "status": "ok",
            "epochs": [epoch, epoch.model_copy(update={"seconds": 0.25})],
            "test_accuracies": [0.5, 1.0],
            "memory": Memory(peak_bytes=1000, source="counted"),
            "parameters": 10,
            "examples_seen": 128,
            "data_checksum": "d00d",
            "phases": Phases(data=0.1, training=0.75, evaluation=0.05, wall=1.0),
            "isolation": "none",
            "started_at": "2026-01-01T00:00:00+00:00",
            "position": 0,
            "environment": environment,
        }
        return Record(**(good | changes))

    return make


@pytest.fixture(scope="session")
def run_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Outcome]:
    """Run a study on the CPU, in a store of its own if none is given."""

    def start(
        study: Study,
        store: RecordStore | None = None,
        *,
        rerun: bool = False,
        isolation: str = "none",
    ) -> Outcome:
        store = store or RecordStore(tmp_path_factory.mktemp("results") / study.name)
        launch = Launch(study.name, torch.device("cpu"), Path("unused"))
        with make(ISOLATIONS[isolation]) as executor:
            return run_study(study, store, launch, executor, rerun=rerun)

    return start


@dataclass(frozen=True)
class Finished:
    """The tiny study, run once for all tests; nobody may write there."""

    study: Study
    store: RecordStore
    outcome: Outcome


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, run_of: Callable[..., Outcome]) -> Finished:
    study = Study.model_validate(TINY)
    store = RecordStore(tmp_path_factory.mktemp("finished") / study.name)
    return Finished(study, store, run_of(study, store))


@dataclass(frozen=True)
class Answer:
    """What a command came back with."""

    code: int
    out: str
    err: str

    @property
    def files(self) -> list[str]:
        """The lines that name a file written: the last ones, below a study's answer."""
        return [line for line in self.out.splitlines() if line.endswith((".html", ".md"))]

    @property
    def errors(self) -> list[str]:
        """The lines of standard error, each of which must be one problem."""
        lines = self.err.splitlines()
        assert all(line.startswith("error: ") for line in lines), self.err
        return [line.removeprefix("error: ") for line in lines]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Call a command's `main` as its module does when run; by default `bench.run`'s."""

    def call(*words: object, main: Callable[[list[str]], int] = run.main) -> Answer:
        capsys.readouterr()
        try:
            code = run_command(lambda: main([str(word) for word in words]))
        except SystemExit as stop:  # argparse
            assert isinstance(stop.code, int)
            code = stop.code
        out, err = capsys.readouterr()
        return Answer(code, out, err)

    return call


@pytest.fixture
def study_session(capsys, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """Call `pytest bench --benchmark-only` in this process, which has torch already."""
    # pytest-benchmark measures nothing where it takes itself to be one of several workers.
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)

    def call(*words: object) -> Answer:
        # Other tests may have imported the plug-in by now, which a session of its own has not.
        known = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
        settings = ("--benchmark-only", "-v", "-p", "no:cacheprovider", "--capture=sys", *known)
        capsys.readouterr()
        code = pytest.main([str(BENCH), *settings, *(str(word) for word in words)])
        out, err = capsys.readouterr()
        return Answer(int(code), out, err)

    return call


@pytest.fixture
def results(finished: Finished, tmp_path: Path) -> Path:
    """Return a copy of the finished tiny study's results folder, for tests to change."""
    shutil.copytree(finished.store.folder, tmp_path / "results" / "tiny")
    return tmp_path / "results"


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., None]], str]:
    """Give a method that calls `act(method, step)` before every step, and return its name.

    Steps count from 1 for every model, warm-up included; `method.warming_up` tells which.
    """
    module = ModuleType("methods_that_fail")
    monkeypatch.setitem(sys.modules, module.__name__, module)

    def define(act: Callable[..., None]) -> str:
        built: list[object] = []

        class Failing(Classifier):
            name = "failing"
            title = "fails when told to"

            def prepare(self) -> None:
                super().prepare()
                built.append(self)
                self.warming_up = len(built) % 2 == 0
                self.steps = 0

            def train_step(self, x_BCHW: torch.Tensor, y_B: torch.Tensor) -> torch.Tensor:
                self.steps += 1
                act(self, self.steps)
                return super().train_step(x_BCHW, y_B)

        label = f"Failing{len(vars(module))}"
        setattr(module, label, Failing)
        return f"{module.__name__}:{label}"

    return define
