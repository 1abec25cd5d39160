"""The original script's NoProp step written plainly: what `noprop-shared` is measured against.

For the CNN's gradient, one forward pass and every MLP; then, for every MLP in turn, the CNN once
more without gradient and that MLP again: T + 1 passes through the CNN for one batch. All
gradients are taken at the same weights, so on the same noise it ends at the same weights as the
one-pass step, which a test checks.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from noprop_core.shared import SharedNetwork, StackedLinear


def original_cnn(network: SharedNetwork) -> nn.Sequential:
    """Return the CNN in the original's order of layers, on the same parameters."""
    first, second, *_ = (layer for layer in network.cnn if isinstance(layer, nn.Conv2d))
    last = next(layer for layer in network.cnn if isinstance(layer, nn.Linear))
    return nn.Sequential(
        *(first, nn.ReLU(), nn.MaxPool2d(2)),
        *(second, nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), last, nn.ReLU()),
    ).to(memory_format=torch.contiguous_format)


def original_mlps(network: SharedNetwork) -> nn.ModuleList:
    """Return the T MLPs as modules of their own, starting from the same weights."""
    return nn.ModuleList(
        nn.Sequential(_linear(network.mlps.first, t), nn.ReLU(), _linear(network.mlps.second, t))
        for t in range(len(network.mlps.first.weight_TIO))
    )


def _linear(stacked: StackedLinear, t: int) -> nn.Linear:
    weight_IO, bias_1O = stacked.weight_TIO[t].detach(), stacked.bias_T1O[t].detach()
    inputs, outputs = weight_IO.shape
    layer = nn.Linear(inputs, outputs)
    layer.weight = nn.Parameter(weight_IO.T.clone(memory_format=torch.contiguous_format))
    layer.bias = nn.Parameter(bias_1O[0].clone())
    return layer


def original_step(
    cnn: nn.Module,
    mlps: nn.ModuleList,
    optimizers: list[torch.optim.Optimizer],
    x_BCHW: Tensor,
    u_BK: Tensor,
    z_TBK: Tensor,
) -> Tensor:
    """Train on one batch; `optimizers` is the CNN's and then each MLP's. Return the summed loss."""
    for optimizer in optimizers:
        optimizer.zero_grad()

    for mlp in mlps:
        mlp.requires_grad_(False)
    h_BF = cnn(x_BCHW)
    cnn_loss = torch.stack(
        [mse_loss(estimate(mlp, h_BF, z_BK), u_BK) for mlp, z_BK in zip(mlps, z_TBK, strict=True)]
    ).sum()
    cnn_loss.backward()  # type: ignore[no-untyped-call]
    for mlp in mlps:
        mlp.requires_grad_(True)

    for mlp, z_BK in zip(mlps, z_TBK, strict=True):
        with torch.no_grad():
            h_BF = cnn(x_BCHW)
        mse_loss(estimate(mlp, h_BF, z_BK), u_BK).backward()  # type: ignore[no-untyped-call]

    for optimizer in optimizers:
        optimizer.step()
    return cnn_loss.detach()


def estimate(mlp: nn.Module, h_BF: Tensor, z_BK: Tensor) -> Tensor:
    """Return one MLP's estimate of the clean label."""
    estimate_BK: Tensor = mlp(torch.cat((h_BF, z_BK), dim=1))
    return estimate_BK
