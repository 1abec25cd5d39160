"""What the tests of every package share."""

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pretend_device
import pytest
import torch

from noprop_core.datasets import loading
from noprop_core.datasets.task import Task

ROOT = Path(__file__).parents[1]

CAN_PRETEND = pretend_device.register()
"""Here, because it must be before the first gradient of the process."""

if importlib.util.find_spec("hypothesis"):  # which is not there where only a browser is tested
    from hypothesis import HealthCheck, settings

    # How long an example takes is the machine's affair.
    settings.register_profile(
        "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, what this machine lacks."""
    no_gpu = pytest.mark.skip(reason="needs a CUDA device, torch sees none here")
    no_pretence = pytest.mark.skip(reason=pretend_device.LACKING)
    no_mnist = pytest.mark.skip(
        reason="needs the real MNIST files: set MNIST_DIR, or put them in ../shared/data/mnist"
    )
    for item in items:
        if "gpu" in item.keywords and not torch.cuda.is_available():
            item.add_marker(no_gpu)
        if "pretend" in item.keywords and not CAN_PRETEND:
            item.add_marker(no_pretence)
        if "mnist" in item.keywords and _mnist_dir() is None:
            item.add_marker(no_mnist)


def _mnist_dir() -> Path | None:
    given = os.environ.get("MNIST_DIR")
    folder = Path(given) if given else ROOT.parent / "shared" / "data" / "mnist"
    return folder if (folder / "train-images-idx3-ubyte.gz").is_file() else None


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    folder = _mnist_dir()
    assert folder is not None
    return folder


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """Networks this small run no faster on more threads, and repeat bit for bit on one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def digits() -> Task:
    return loading.load("digits")


@pytest.fixture(scope="session")
def reference() -> Callable[[str], ModuleType]:
    """Load a module of `tests/reference/` by name."""

    def load(name: str) -> ModuleType:
        path = Path(__file__).parent / "reference" / f"{name}.py"
        spec = importlib.util.spec_from_file_location(f"reference_{name}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module

    return load
