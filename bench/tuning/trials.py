"""The trials of a method: which options, kept before the first run; and the study of a trial."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from bench.records.whole import write_once
from bench.study.cells import Cell, expand
from bench.study.problems import InvalidInput
from bench.study.space import flat, space_of_method, with_values
from bench.study.study import Study
from bench.study.tuning import Tuning
from noprop_core.options import recorded
from noprop_core.search import Search


class Trial(BaseModel):
    """One trial's options, by dotted name, of those searched. Number 0 has the study's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str
    number: int
    options: dict[str, Any]


@dataclass(frozen=True)
class Searched:
    """A method whose options are searched: the space, and the folder of its trials."""

    study: Study
    tuning: Tuning
    method: str
    space: dict[str, Search]
    folder: Path

    @property
    def now(self) -> dict[str, Any]:
        """The study's own options of those searched: trial 0."""
        known = flat(self.study.method_config(self.method))
        return {name: known[name] for name in self.space}

    def kept(self, number: int) -> Trial | None:
        """Return a trial that was kept; raises `InvalidInput` for a file that is none."""
        path = self._path(number)
        if not path.exists():
            return None
        try:
            trial = Trial.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise InvalidInput(str(path), ["is no trial; move it away"]) from error
        if (trial.method, trial.number) != (self.method, number):
            raise InvalidInput(str(path), ["is another trial; move it away"])
        return trial

    def keep(self, options: Mapping[str, Any], number: int) -> Trial:
        """Keep a trial before it is run; return the one that is kept, maybe by another runner."""
        trial = Trial(method=self.method, number=number, options=dict(options))
        if not write_once(self._path(number), trial.model_dump_json(indent=1)):
            found = self.kept(number)
            assert found is not None
            return found
        return trial

    def cells(self, trial: Trial, device: str, *, side_by_side: bool) -> list[list[Cell]]:
        """Return the trial's runs, by seed."""
        return [
            expand(
                round_of(self.study, self.tuning, [trial], [seed]),
                device,
                side_by_side=side_by_side,
            )
            for seed in self.tuning.seeds
        ]

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:04}.json"


def searched(study: Study, method: str, folder: Path) -> Searched:
    """Return what is searched for `method`, whose trials are kept in a study's tuning `folder`.

    Whatever decides which trials there are stands in the name of their folder: trials of another
    declaration are left alone.
    """
    assert study.tuning is not None
    tuning = study.tuning
    space = space_of_method(method, tuning, study.options, study.method)
    settings = round_of(study, tuning, [], tuning.seeds)
    decides = {
        "method": method,
        "options": recorded(study.method_config(method)),
        "space": {name: search.model_dump() for name, search in space.items()},
        "sampler": [tuning.sampler, tuning.sampler_seed, tuning.pruning],
        "runs": [tuning.seeds, settings.datasets, settings.batch_sizes, settings.timesteps],
        "budget": recorded(study.budget.of(method)),
        "train_images": study.train_images,
    }
    text = json.dumps(decides, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", method)[:80]
    return Searched(study, tuning, method, space, folder / "trials" / f"{name}-{digest}")


def round_of(study: Study, tuning: Tuning, trials: Sequence[Trial], seeds: Sequence[int]) -> Study:
    """Return the runs of one trial of each of several methods as a study.

    The test set is not looked at by choosing: one test run is made because a record has one.
    """
    configs = {
        trial.method: with_values(study.method_config(trial.method), trial.options)
        for trial in trials
    }
    return study.model_copy(
        update={
            "name": f"{study.name}+tuning",
            "methods": list(configs),
            "method": {name: config.model_dump(mode="json") for name, config in configs.items()},
            "options": {},
            "seeds": list(seeds),
            "datasets": tuning.datasets or study.datasets,
            "batch_sizes": tuning.batch_sizes or study.batch_sizes,
            "timesteps": tuning.timesteps or study.timesteps,
            "own_timesteps": {} if tuning.timesteps else study.own_timesteps,
            "inference_repeats": 1,
            "sequential": None,
        }
    )
