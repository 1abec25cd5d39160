"""A study: a TOML file that says which runs to make and how to judge them.

It is validated whole before anything runs, and every problem found is reported at once, one line
each. `python -m bench.run --list` shows the named studies, which live in `bench/study/`.
"""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    StrictBool,
    StrictInt,
    ValidationInfo,
    field_validator,
)

from bench.study import stacking
from bench.study.budget_table import BudgetTable
from bench.study.dividing import division_problem
from bench.study.here import all_here
from bench.study.lists import Seeds, Sizes
from bench.study.named import NAME
from bench.study.options import (
    method_config,
    names_of,
    problems_with_images,
    problems_with_options,
    problems_with_variants,
)
from bench.study.own_timesteps import own_problems
from bench.study.ranges import written
from bench.study.space import problems_with_tuning
from bench.study.tuning import Tuned, Tuning
from bench.study.whole_numbers import LARGEST
from noprop_core import registry
from noprop_core.datasets import table
from noprop_core.division import Way
from noprop_core.errors import UserError
from noprop_core.method import MethodConfig
from noprop_core.numerics import Precision
from reports.input.plan import Declared, Roles, Rules, Sequential, distinct

PART_OF_A_STUDY = {"part": True}
"""Validation context in which the methods need not include the baseline."""

READ_BACK = {"part": True, "read back": True}
"""Validation context of what a folder of results declares: whoever ran it had every method and data
set, which may not be here. Where one is not, nothing is checked that would need it."""


def _known_method(name: str, info: ValidationInfo) -> str:
    try:
        registry.find(name)
    except UserError as error:
        if info.context != READ_BACK:
            raise ValueError(str(error)) from error
    return name


def _known_dataset(name: str, info: ValidationInfo) -> str:
    try:
        table.find(name)
    except UserError as error:
        if info.context != READ_BACK:
            raise ValueError(str(error)) from error
    return name


def _is_part(info: ValidationInfo) -> bool:
    return info.context in (PART_OF_A_STUDY, READ_BACK)


def _lacks_some(info: ValidationInfo) -> bool:
    """Tell whether a study that is read back names a method or a data set that is not here."""
    if info.context != READ_BACK:
        return False
    return not all_here(info.data.get("methods", []), info.data.get("datasets", []))


class _Runs(Declared):
    """Which runs a study makes."""

    name: str = Field(pattern=f"^{NAME.pattern}$")
    description: str = ""
    datasets: Annotated[
        list[Annotated[str, AfterValidator(_known_dataset)]],
        Field(min_length=1),
        AfterValidator(distinct),
    ]
    train_images: StrictInt | None = Field(None, ge=2)
    methods: Annotated[
        list[Annotated[str, AfterValidator(_known_method)]],
        Field(min_length=1),
        AfterValidator(distinct),
    ]
    seeds: Seeds
    batch_sizes: Sizes
    timesteps: Sizes = Field([], validate_default=True)
    own_timesteps: dict[str, Sizes] = Field(
        {}, description="at which of these T single methods or variants run, if not at all of them"
    )
    budget: BudgetTable
    threads: StrictInt | None = Field(
        None, ge=1, le=LARGEST, description="CPU threads per operation"
    )
    cuda_graphs: StrictBool = Field(
        False, description="training steps are replayed as CUDA graphs, where they can be"
    )
    gradient_norms: StrictBool = Field(
        False, description="every block's gradient is looked at before every epoch, untimed"
    )
    precision: Precision = Field(
        "fp32", description="of convolutions and matrix products: fp32, tf32 or bf16"
    )
    deterministic: StrictBool = Field(
        True, description="on a GPU only algorithms that repeat bit for bit, where there are any"
    )
    stack_seeds: stacking.StackSeeds = Field(
        False, description="seeds are computed as one where a method allows it: true, or how many"
    )
    ranks: StrictInt = Field(
        1, ge=1, le=LARGEST, description="processes of torchrun that runs are divided over"
    )
    division: dict[str, Literal["blocks", "data", "pipeline"]] = Field(
        {}, description="how single methods or variants are divided over them"
    )
    inference_repeats: StrictInt = Field(5, ge=1, description="test runs of a stochastic method")


class Study(Rules, _Runs):
    """A validated study. Lists take TOML arrays or, for whole numbers, ranges such as "0-5"."""

    baseline: str = Field("backprop", validate_default=True)
    options: dict[str, Any] = Field({})
    method: dict[str, dict[str, Any]] = Field({}, validate_default=True)
    tuning: Tuning | None = Field(None, description="how options are chosen by validation")
    tuned: Tuned | None = Field(None, description="how those of this study were chosen")

    @field_validator("timesteps", mode="before")
    @classmethod
    def _only_where_needed(cls, timesteps: Any, info: ValidationInfo) -> Any:
        """Ask for T where a method has it; without any, one value stands for none."""
        if "timesteps" in info.data or timesteps != []:
            return timesteps
        if _lacks_some(info):
            return [1]
        needing = [m for m in info.data.get("methods", []) if registry.find(m).uses_timesteps]
        if needing:
            raise ValueError(f"none given, and {needing[0]} needs some")
        return [1]

    @field_validator("own_timesteps")
    @classmethod
    def _they_run_somewhere(
        cls, own: dict[str, list[int]], info: ValidationInfo
    ) -> dict[str, list[int]]:
        if _lacks_some(info) or not {"methods", "timesteps"} <= info.data.keys():
            return own
        methods, steps = info.data["methods"], info.data["timesteps"]
        if problems := own_problems(own, methods, steps, part=_is_part(info)):
            raise ValueError("\n".join(problems))
        return own

    @field_validator("train_images")
    @classmethod
    def _images_exist(cls, train_images: int | None, info: ValidationInfo) -> int | None:
        if _lacks_some(info):
            return train_images
        for name in info.data.get("datasets", []):
            available = table.training_size(name)
            if train_images is not None and available is not None and train_images > available:
                raise ValueError(f"{train_images} is more than the {available} of {name}")
        return train_images

    @field_validator("batch_sizes")
    @classmethod
    def _batches_fit(cls, batch_sizes: list[int], info: ValidationInfo) -> list[int]:
        if _lacks_some(info):
            return batch_sizes
        for name in info.data.get("datasets", []):
            available = table.training_size(name, info.data.get("train_images"))
            too_large = [size for size in batch_sizes if available is not None and size > available]
            if too_large:
                raise ValueError(
                    f"{too_large[0]} exceeds the {available} training images of {name}"
                )
        if 1 in batch_sizes:
            raise ValueError("batch norm needs at least 2 images per batch, got 1")
        return batch_sizes

    @field_validator("budget")
    @classmethod
    def _validation_loss_is_there(cls, budget: BudgetTable, info: ValidationInfo) -> BudgetTable:
        if _lacks_some(info):
            return budget
        lacking = [
            method
            for method in info.data.get("methods", [])
            if budget.needs_validation_loss(method) and not registry.find(method).has_logits
        ]
        if lacking:
            raise ValueError(
                f"{', '.join(lacking)}: no logits, so no validation loss for convergence or "
                'keep = "best"'
            )
        return budget

    @field_validator("stack_seeds")
    @classmethod
    def _seeds_can_be_stacked(cls, stacked: bool | int, info: ValidationInfo) -> bool | int:
        if not stacked or _lacks_some(info):
            return stacked
        if reason := stacking.excluded(info.data):
            raise ValueError(reason)
        return stacked

    @field_validator("division", mode="before")
    @classmethod
    def _wherever_it_can_be(cls, division: Any, info: ValidationInfo) -> Any:
        if not isinstance(division, str) or _lacks_some(info):
            return division
        able = [m for m in info.data.get("methods", []) if division in registry.find(m).divides]
        if not able:
            raise ValueError(f"none of the study's methods can be divided by {division}")
        return dict.fromkeys(able, division)

    @field_validator("division")
    @classmethod
    def _they_can_be_divided(cls, division: dict[str, Way], info: ValidationInfo) -> dict[str, Way]:
        if _lacks_some(info):
            return division
        methods, part = info.data.get("methods", []), _is_part(info)
        if division and info.data.get("ranks", 2) < 2:
            raise ValueError("nothing can be divided over ranks = 1")
        if problem := division_problem(division, methods, part=part):
            raise ValueError(problem)
        return division

    @field_validator("claims")
    @classmethod
    def _they_run(cls, claims: Roles | None, info: ValidationInfo) -> Roles | None:
        methods = info.data.get("methods", [])
        others = [name for name in (claims.methods if claims else ()) if name not in methods]
        if others and methods and not _is_part(info):
            raise ValueError(f"'{others[0]}' is none of the study's methods ({', '.join(methods)})")
        return claims

    @field_validator("target_accuracy_percent", mode="before")
    @classmethod
    def _targets_have_data(cls, target: Any, info: ValidationInfo) -> Any:
        for name in target if isinstance(target, dict) else ():
            if name not in info.data.get("datasets", [name]):
                raise ValueError(f"'{name}' is none of the study's data sets")
        return target

    @field_validator("options")
    @classmethod
    def _options_fit(cls, options: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        if _lacks_some(info):
            return options
        problems = problems_with_options(info.data.get("methods", []), options, {})
        if problems:
            raise ValueError("\n".join(problems))
        return options

    @field_validator("method")
    @classmethod
    def _method_options_fit(
        cls, tables: dict[str, dict[str, Any]], info: ValidationInfo
    ) -> dict[str, dict[str, Any]]:
        if _lacks_some(info):
            return tables
        methods, part = info.data.get("methods", []), _is_part(info)
        problems = problems_with_options(methods, {}, tables, part=part)
        problems += problems_with_variants(methods, tables)
        if not problems:
            named, shared = info.data.get("datasets", []), info.data.get("options", {})
            problems += problems_with_images(methods, named, shared, tables)
        if problems:
            raise ValueError("\n".join(problems))
        return tables

    @field_validator("tuning")
    @classmethod
    def _tuning_fits(cls, tuning: Tuning | None, info: ValidationInfo) -> Tuning | None:
        if tuning is not None and not _lacks_some(info):
            problems = problems_with_tuning(tuning, info.data, part=_is_part(info))
            if problems:
                raise ValueError("\n".join(problems))
        return tuning

    @field_validator("tuned")
    @classmethod
    def _tuned_on_other_seeds(cls, tuned: Tuned | None, info: ValidationInfo) -> Tuned | None:
        both = {*info.data.get("seeds", ())} & {*(tuned.seeds if tuned else ())}
        if both and info.context != READ_BACK:
            said = f"options were chosen on seeds {written(both)}, which no comparison may use"
            raise ValueError(said)
        return tuned

    @field_validator("baseline")
    @classmethod
    def _baseline_runs(cls, baseline: str, info: ValidationInfo) -> str:
        methods = info.data.get("methods", [baseline])
        if baseline not in methods and not _is_part(info):
            raise ValueError(f"'{baseline}' is none of the study's methods ({', '.join(methods)})")
        return baseline

    @field_validator("sequential")
    @classmethod
    def _looks_end_with_the_seeds(
        cls, sequential: Sequential | None, info: ValidationInfo
    ) -> Sequential | None:
        seeds = info.data.get("seeds")
        if sequential is None or seeds is None:
            return sequential
        if sequential.looks[-1] != len(seeds):
            raise ValueError(
                f"the last look is at {sequential.looks[-1]} seeds, the study has {len(seeds)}"
            )
        if seeds != sorted(seeds):
            raise ValueError(f"seeds are added in ascending order, not as in {seeds}")
        return sequential

    def division_of(self, method: str) -> Way:
        """Return how runs of `method`, which may be a variant, are divided over ranks."""
        own = [self.division[name] for name in names_of(method) if name in self.division]
        return own[-1] if own else "none"

    def timesteps_of(self, method: str) -> list[int]:
        """Return at which of the study's T `method`, which may be a variant, runs."""
        own = [self.own_timesteps[name] for name in names_of(method) if name in self.own_timesteps]
        return [t for t in self.timesteps if t in own[-1]] if own else self.timesteps

    def method_config(self, method: str) -> MethodConfig:
        """Return the configuration of `method` in this study."""
        return method_config(method, self.options, self.method)
