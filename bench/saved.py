"""Models that runs have saved: `load_model` builds one as its record says, with its weights.

from bench.saved import load_model

saved = load_model("results/quick/records/noprop-dt-digits-b64-T5-s0-….json")
saved.method.network             # a torch module
saved.test_predictions()         # those of the run itself
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from bench.measure.clock import cpu_threads
from bench.measure.saving import twins
from bench.records.record import Record
from bench.records.saved import is_whole
from bench.records.store import read_record
from bench.study.fitting import load_task
from noprop_core import registry
from noprop_core.datasets.task import Task
from noprop_core.errors import InvalidSetting
from noprop_core.evaluation import accuracies
from noprop_core.method import Method
from noprop_core.numerics import autocast, numerics
from noprop_core.predictions import Predicted
from noprop_core.seeding import Streams
from noprop_core.torch_state import kept_as_it_is


@dataclass(frozen=True)
class Predictions:
    """Classes `(N,)`, and the scores `(N, K)` that they come from; None where there are none."""

    classes_N: Tensor
    logits_NK: Tensor | None


@dataclass(frozen=True)
class Saved:
    """A run's record, its method with the weights that were tested, and its data set."""

    record: Record
    method: Method
    task: Task

    def test_predictions(self) -> list[Predictions]:
        """Return what is predicted for the test part, once per inference repeat of the run.

        On the same kind of machine and release of torch this is the run's own, bit for bit.
        """
        streams = Streams(self.record.cell.seed)
        noise = [
            streams.generator(f"inference {repeat}", self.task.device)
            for repeat in range(len(self.record.test_accuracies))
        ]
        said: list[list[Predicted]] = [[] for _ in noise]
        with _as_run(self.record, self.task.device):
            accuracies(
                self.method,
                self.task,
                self.task.test,
                noise,
                seen=lambda repeat, found: said[repeat].append(found),
            )
        return [_joined(batches) for batches in said]


def load_model(
    record: Path | str, data_dir: Path | str = "data", device: torch.device | str = "cpu"
) -> Saved:
    """Return the model that was saved beside the file `record`, on `device`.

    Its data set is needed too: methods take their shape from it. Raises `UserError`, one line, if
    the file is no record, names no model, or the model or the data are not those of the run.
    """
    from safetensors.torch import load_file

    path = Path(record)
    read = read_record(path)
    file = read.files.get("model")
    if file is None:
        raise InvalidSetting(f"'{path}' names no model: --save-model keeps one, of a good run")
    if not is_whole(path.parent, file):
        raise InvalidSetting(f"'{path.parent / file.name}' is not there, or was changed")
    cell = read.cell
    task = load_task(cell.dataset, Path(data_dir), str(device), cell.train_images)
    if task.checksum != read.data_checksum:
        raise InvalidSetting(f"'{path}' was made with another '{cell.dataset}' than is here")
    with _as_run(read, task.device):
        kind = registry.find(cell.method)
        method = kind(cell.config(), task, cell.timesteps, Streams(cell.seed))
    state = load_file(path.parent / file.name)
    for name, first in twins(method.network.state_dict()).items():
        state.setdefault(name, state[first])
    method.network.load_state_dict(state)
    method.network.eval()
    return Saved(read, method, task)


@contextmanager
def _as_run(record: Record, device: torch.device) -> Iterator[None]:
    """Compute inside as the run did: threads, precision, determinism."""
    how = record.cell.execution
    with ExitStack() as stack:
        stack.enter_context(kept_as_it_is())
        stack.enter_context(cpu_threads(record.environment.threads))
        asked = stack.enter_context(numerics(device, how.precision, how.deterministic))
        stack.enter_context(autocast(device, asked))
        yield


def _joined(batches: list[Predicted]) -> Predictions:
    scores = [found.scores_BK for found in batches if found.scores_BK is not None]
    classes_N = torch.cat([found.classes_B for found in batches])
    return Predictions(classes_N, torch.cat(scores) if scores else None)
