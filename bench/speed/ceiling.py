"""How near a step's arithmetic comes to what the machine can do at best, measured beside it."""

from collections.abc import Callable, Iterator, Sequence
from statistics import median

import torch
from torch.nn.functional import conv2d
from torch.profiler import ProfilerActivity, profile

from bench.measure.flops import Counter
from bench.speed.images_of_noise import mnist_of_noise
from bench.speed.paper_step import BATCH, TIMESTEPS, step_of
from bench.speed.row import Row, figure_row
from bench.speed.setting import Setting
from bench.speed.turns import seconds_of

METHODS = ("backprop", "noprop-dt", "noprop-shared")
CHANNELS, SIDE = 64, 32
"""Of the large convolution: in and out, and pixels; its kernel is 3 x 3."""
PRODUCT = 1536
"""Rows and columns of the large product's matrices."""
COPIED = 1 << 28
"""Bytes of the large copy: more than caches hold."""


def rows(
    setting: Setting,
    *,
    methods: Sequence[str] = METHODS,
    batch: int = BATCH,
    timesteps: int = TIMESTEPS,
    width: float = 1.0,
    copied: int = COPIED,
) -> Iterator[Row]:
    """Yield each method's rate as a share of the large convolution's, then that of the others."""
    task, device = mnist_of_noise(setting.device, batch), setting.device
    steps = {name: step_of(name, task, timesteps, width) for name in methods}
    machine = {"convolution": _convolution(device, batch), "product": _product(device)}
    work = {name: _flops(step) for name, step in (machine | steps).items()}
    every = machine | {"copy": _copy(device, copied)} | steps
    work["copy"] = 2 * copied  # read and written
    taken: dict[str, list[float]] = {name: [] for name in every}
    for number in range(setting.at_most(7) + 1):
        for name, once in every.items():
            seconds, _ = seconds_of(once, device, 1)
            if number:  # the first round warms up
                taken[name].append(seconds)
    rates = {name: [work[name] / s for s in seconds] for name, seconds in taken.items()}

    def share(name: str) -> list[float]:
        pairs = zip(rates[name], rates["convolution"], strict=True)
        return [mine / best for mine, best in pairs]

    for name, step in steps.items():
        what = f"FLOP/s of a step of {name} / of a large convolution, T = {timesteps}"
        limit = f"most time: {_most_time(step, device)}"
        yield figure_row(f"ceiling/{name}", what, share(name), unit="%", note=limit)
    best = {name: median(rates[name]) / 1e9 for name in ("convolution", "product", "copy")}
    yield figure_row(
        "ceiling/product",
        "FLOP/s of a large matrix product / of a large convolution",
        share("product"),
        unit="%",
        note=f"convolution {best['convolution']:.0f} GFLOP/s, product {best['product']:.0f} "
        f"GFLOP/s, copy {best['copy']:.1f} GB/s read and written",
    )


def _flops(work: Callable[[], object]) -> int:
    counter = Counter()
    with counter:
        work()
    return counter.flops


def _convolution(device: torch.device, batch: int) -> Callable[[], object]:
    x_BCHW = torch.randn(batch, CHANNELS, SIDE, SIDE, device=device)
    x_BCHW = x_BCHW.to(memory_format=torch.channels_last)
    kernel = torch.randn(CHANNELS, CHANNELS, 3, 3, device=device)
    kernel = kernel.to(memory_format=torch.channels_last)
    return lambda: conv2d(x_BCHW, kernel, padding=1)


def _product(device: torch.device) -> Callable[[], object]:
    left, right = (torch.randn(PRODUCT, PRODUCT, device=device) for _ in range(2))
    return lambda: left @ right


def _copy(device: torch.device, size: int) -> Callable[[], object]:
    source = torch.ones(size, dtype=torch.uint8, device=device)
    target = torch.zeros_like(source)
    return lambda: target.copy_(source)


def _most_time(step: Callable[[], object], device: torch.device) -> str:
    """Name the operation that a step spends most of its time in, and its share of it."""
    activity = ProfilerActivity.CUDA if device.type == "cuda" else ProfilerActivity.CPU
    with profile(activities=list({ProfilerActivity.CPU, activity})) as seen:
        step()
    attribute = f"self_{'device' if device.type == 'cuda' else 'cpu'}_time_total"
    spent = {event.key: float(getattr(event, attribute)) for event in seen.key_averages()}
    name, most = max(spent.items(), key=lambda pair: pair[1])
    return f"{name.removeprefix('aten::')} {most / sum(spent.values()):.0%}"
