"""What is kept of a run beside its record, where that was asked for: its model, its predictions.

Done after everything was measured, and in no phase of the run. What is written holds no time, so
that equal runs write equal files. Shapes: `N` test images, `K` classes.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from bench.records.saved import Kind, SavedFile, Saves, write_beside
from bench.study.cells import Cell
from noprop_core.division import Undivided
from noprop_core.errors import InvalidSetting
from noprop_core.method import Method
from noprop_core.predictions import Predicted
from noprop_core.words import one_line


def described(cell: Cell, code_version: str) -> dict[str, str]:
    """Return what such a file says of its run, as JSON under one name.

    One, for safetensors writes several in an order that changes.
    """
    about = {
        "record": cell.id,
        "method": cell.method,
        "options": cell.options,
        "dataset": cell.dataset,
        "timesteps": cell.timesteps,
        "seed": cell.seed,
        "torch": torch.__version__,
        "commit": code_version,
    }
    return {"noprop-bench": json.dumps(about, sort_keys=True)}


class Saving:
    """The files of one run. All ranks of a divided one have this; the first writes them."""

    def __init__(self, saves: Saves | None) -> None:
        """Keep what `saves` asks for, if anything."""
        self.kinds = frozenset() if saves is None else saves.kinds
        self.record = None if saves is None else saves.record
        self.said: dict[int, list[Predicted]] = {}
        self.files: dict[Kind, SavedFile] = {}

    def see(self, repeat: int, found: Predicted) -> None:
        """Take in what was predicted for the next batch of the test part."""
        if "predictions" in self.kinds:
            self.said.setdefault(repeat, []).append(found)

    def write(self, method: Method, division: Undivided, cell: Cell, code_version: str) -> None:
        """Write the files, and have them in `files`.

        Raises `InvalidSetting`, on every rank, where the disk or the network does not allow it.
        """
        about = described(cell, code_version)
        found = division.evaluated(method, partial(self._written, method, about))
        if isinstance(found, str):
            raise InvalidSetting(found)
        self.files = found

    def _written(self, method: Method, about: Mapping[str, str]) -> dict[Kind, SavedFile] | str:
        """Return what was written, or why it cannot be."""
        assert self.record is not None
        labels_N = method.task.test.labels_N
        fills: dict[Kind, Callable[[Path], None]] = {
            "model": partial(_write_model, method.network, about),
            "predictions": partial(_write_predictions, self.said, labels_N, about),
        }
        try:
            return {
                kind: write_beside(self.record, kind, fill)
                for kind, fill in fills.items()
                if kind in self.kinds
            }
        except OSError as error:
            return f"cannot write in '{self.record.parent}': {error.strerror or error}"
        except InvalidSetting as error:
            return str(error)


def _write_model(network: nn.Module, about: Mapping[str, str], path: Path) -> None:
    from safetensors.torch import save as as_bytes  # an extra, looked for before anything ran

    state = network.state_dict()
    shared = twins(state)
    once = {name: value for name, value in state.items() if name not in shared}
    try:
        # Of its own storage each: parameters may be views into one. And not `save_file`, which
        # replaces the file that is locked, and leaves one of its own behind if it is killed.
        whole = {n: v.detach().cpu().contiguous().clone() for n, v in once.items()}
        content = as_bytes(whole, dict(about))
    except (AttributeError, RuntimeError, TypeError, ValueError) as error:
        said = one_line(error, 200)
        raise InvalidSetting(f"--save-model: this network cannot be saved: {said}") from error
    path.write_bytes(content)


def twins(state: Mapping[str, Any]) -> dict[str, str]:
    """Return, of tensors that a network has under several names, the later names and the first."""
    first: dict[object, str] = {}
    found: dict[str, str] = {}
    for name, tensor in state.items():
        if isinstance(tensor, Tensor) and tensor.numel():
            place = (tensor.device, tensor.data_ptr(), tensor.dtype, tensor.shape, tensor.stride())
            earlier = first.setdefault(place, name)
            if earlier != name:
                found[name] = earlier
    return found


def _write_predictions(
    said: Mapping[int, Sequence[Predicted]],
    labels_N: Tensor,
    about: Mapping[str, str],
    path: Path,
) -> None:
    """Write one row per inference repeat and test image, repeat by repeat.

    Columns: `index` of the image in the test part, its `label`, the `repeat`, the `prediction`, and
    of methods that score the classes `logits`, K numbers. All count from 0.
    """
    # Imported here: most runs save nothing, and should take no time or memory for it.
    import pyarrow as pa
    import pyarrow.parquet as pq

    count = len(labels_N)
    columns: dict[str, Any] = {
        "index": _whole(torch.arange(count).repeat(len(said))),
        "label": _whole(labels_N.repeat(len(said))),
        "repeat": _whole(torch.tensor(list(said), dtype=torch.int32).repeat_interleave(count)),
        "prediction": _whole(torch.cat([found.classes_B for found in _all(said)])),
    }
    scores = [found.scores_BK for found in _all(said) if found.scores_BK is not None]
    if scores:
        flat = pa.array(_rows(torch.cat(scores)))
        columns["logits"] = pa.FixedSizeListArray.from_arrays(flat, scores[0].shape[1])
    pq.write_table(pa.table(columns).replace_schema_metadata(dict(about)), path)


def _all(said: Mapping[int, Sequence[Predicted]]) -> list[Predicted]:
    return [found for batches in said.values() for found in batches]


def _whole(numbers: Tensor) -> Any:
    return numbers.cpu().to(torch.int32).numpy()


def _rows(scores_NK: Tensor) -> Any:
    """Return the rows, of a precision that holds every number exactly."""
    exact = scores_NK if scores_NK.dtype == torch.float64 else scores_NK.float()
    return exact.cpu().contiguous().flatten().numpy()
