"""What machine, versions and code a record comes from."""

import hashlib
import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

import noprop_core
from bench.measure import card, energy
from bench.records.record import Environment
from noprop_core.processor import cpuinfo


@cache
def describe(device: str, threads: int, code_version: str = "") -> Environment:
    """Describe this process's surroundings for runs on `device` with `threads` per operation.

    `code_version` spares asking git again where it is known already.
    """
    on_cuda = device.startswith("cuda")
    return Environment(
        noprop_bench=noprop_core.__version__,
        code_version=code_version or code_in_use(),
        python=platform.python_version(),
        torch=torch.__version__,
        torchvision=_installed("torchvision"),
        numpy=_installed("numpy"),
        cuda=(torch.version.cuda or "") if on_cuda else "",
        driver=energy.driver_version() if on_cuda else "",
        device=torch.cuda.get_device_name(device) if on_cuda else _processor(),
        processor=_processor(),
        processor_model=_processor_model(),
        logical_cores=os.cpu_count() or 1,
        threads=threads,
        platform=f"{platform.system()} {platform.release()} {platform.machine()}",
        cpu_capability=_cpu_capability(),
        **(card.details(torch.device(device)) if on_cuda else {}),
        node=node(),
    )


def node() -> str:
    """Return a name for this machine: NOPROP_NODE, or a pseudonym made of its own name."""
    return os.environ.get("NOPROP_NODE") or (
        f"node-{hashlib.sha256(platform.node().encode()).hexdigest()[:8]}"
    )


@cache
def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _cpu_capability() -> str:
    """Return what instructions torch's own kernels use here, such as "AVX2" or "AVX512"."""
    return str(torch.backends.cpu.get_cpu_capability())


def _processor() -> str:
    return cpuinfo().get("model name") or platform.processor() or platform.machine()


def _processor_model() -> str:
    """Return what Linux says of the processor's make, on x86 or ARM; empty elsewhere."""
    known = cpuinfo()
    names = {"cpu family": "family", "model": "model"}
    if "cpu family" not in known:
        names = {"CPU implementer": "implementer", "CPU part": "part", "CPU variant": "variant"}
    return ", ".join(f"{name} {known[key]}" for key, name in names.items() if known.get(key))


@cache
def code_in_use() -> str:
    """Return the commit of the checkout this code runs from, if it runs from one."""
    root = Path(noprop_core.__file__).parents[1]
    if not (root / ".git").exists():
        return noprop_core.__version__
    try:
        commit = _git(root, "rev-parse", "HEAD")[:12]
        dirty = bool(_git(root, "status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.SubprocessError):
        return noprop_core.__version__
    return f"{commit}+dirty" if dirty else commit


def _git(root: Path, *words: str) -> str:
    command = ("git", "-C", str(root), *words)
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    return done.stdout.strip()
