"""Small tasks and ready-made methods for the tests of the core."""

from collections.abc import Callable

import pytest
import torch

from noprop_core import registry
from noprop_core.datasets import loading
from noprop_core.datasets.raw import Labelled
from noprop_core.datasets.task import Task
from noprop_core.method import Method
from noprop_core.seeding import Streams

MakeMethod = Callable[..., Method]


@pytest.fixture(scope="session")
def stripes() -> Task:
    """Three classes anyone can tell apart: which third of an 8 x 12 image is bright."""
    source = torch.Generator().manual_seed(7)

    def part(count: int) -> Labelled:
        labels_N = torch.arange(count) % 3
        images_N1HW = torch.randint(80, (count, 1, 8, 12), dtype=torch.uint8, generator=source)
        for image, label in zip(images_N1HW, labels_N.tolist(), strict=True):
            image[..., 4 * label : 4 * label + 4] += 150
        return Labelled(images_N1HW, labels_N)

    return loading.build_task("stripes", 3, train=part(96), validation=part(30), test=part(45))


@pytest.fixture
def make(stripes: Task) -> MakeMethod:
    """Build a method by name on `stripes`, narrow, with any options."""

    def build(
        name: str, *, timesteps: int = 3, seed: int = 0, task: Task = stripes, **options: object
    ) -> Method:
        method = registry.find(name)
        small = {"width": 0.25}
        if "steps" in method.Config.model_fields:
            small["steps"] = 10  # of inference; 1000 change no property that tests look at
        config = method.Config.model_validate({**small, **options})
        return method(config, task, timesteps, Streams(seed))

    return build


@pytest.fixture
def batch(stripes: Task) -> tuple[torch.Tensor, torch.Tensor]:
    return stripes.training_batch(torch.arange(24))
