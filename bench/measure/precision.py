"""What precision and determinism a run computes with, read from torch's switches."""

import torch

from bench.records.record import Numerics
from noprop_core import numerics


def in_effect(device: torch.device, asked: numerics.Numerics) -> Numerics:
    """Return what is switched on now for `device`; of `asked`, what could not be had and why.

    Inside the contexts of `noprop_core.numerics`.
    """
    kind, on_cuda = device.type, device.type == "cuda"
    products, convolutions = numerics.tf32_is_on()
    computes = str(torch.get_autocast_dtype(kind)).removeprefix("torch.")
    return Numerics(
        autocast=computes if torch.is_autocast_enabled(kind) else "",
        tf32_products=products if on_cuda else None,
        tf32_convolutions=convolutions if on_cuda else None,
        deterministic=torch.are_deterministic_algorithms_enabled() if on_cuda else None,
        cudnn_benchmark=torch.backends.cudnn.benchmark if on_cuda else None,
        fell_back=asked.fell_back,
    )
