"""Training steps of two public NoProp implementations, written plainly from what they do.

Each trains a network of ours, so that sizes are equal: what is compared is the step. They keep
what a plain step has: torch's own optimiser over all parameters, noise of the global generator,
images whose channels come first.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from noprop_core.chain import Chain
from noprop_core.continuous import ContinuousNetwork
from noprop_core.networks import DenoisingBlock


class BlockByBlock:
    """Discrete time as github.com/ANKITSANJYAL/NoPropagation trains it (commit 58a4997).

    A batch trains one block: gradients by one backward pass, the norm of all of them clipped, one
    AdamW over every parameter, and a learning rate that changes with every batch.
    """

    def __init__(self, network: Chain, eta: float = 1.0) -> None:
        """Train `network`, whose embeddings are trained, in place."""
        self.network, self.eta = network, eta
        blocks = len(network.blocks)
        part_T = torch.arange(1, blocks + 1) / blocks
        self.level_T = (part_T * math.pi / 2).cos().square().cumprod(dim=0)
        snr_T = self.level_T / (1 - self.level_T)
        self.gain_T = snr_T.diff(prepend=torch.zeros(1))
        self.optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=1e-3)
        self.rate = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, T_max=100)

    def step(self, t: int, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Train block t of 1 .. T on one batch; return the loss."""
        weight_KD = self.network.embedding.weight_KD
        block = self.network.blocks[t - 1]
        assert isinstance(block, DenoisingBlock)
        u_BD, level = weight_KD[y_B], self.level_T[t - 1]
        z_BD = level.sqrt() * u_BD + (1 - level).sqrt() * torch.randn_like(u_BD)
        estimate_BD = block(x_BCHW, z_BD).softmax(dim=1) @ weight_KD
        loss = self.eta / 2 * self.gain_T[t - 1] * mse_loss(estimate_BD, u_BD)
        if t == len(self.network.blocks):
            said_BK = self.network.head.linear(estimate_BD)
            loss = loss + cross_entropy(said_BK, y_B) + u_BD.square().sum(dim=1).mean() / 2
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.rate.step()
        return loss.detach()


class TwoPasses:
    """Continuous time as github.com/yhgon/NoProp trains it (src/noprop/simple.py, commit 3ab9e86).

    Every batch passes the whole network twice: at times of their own for the denoising loss, and
    at t = 1 for the class. SNR' is a gradient of the schedule, and the loss is read every time.
    """

    def __init__(self, network: ContinuousNetwork, hidden: int, eta: float = 1.0) -> None:
        """Train `network`, whose embeddings are trained, in place; `hidden` units of γ̄."""
        self.network, self.eta = network, eta
        self.curve = nn.Sequential(
            nn.Linear(1, hidden), nn.Softplus(), nn.Linear(hidden, 1), nn.Softplus()
        )
        self.gamma_0, self.gamma_1 = (nn.Parameter(torch.tensor(end)) for end in (-7.0, 7.0))
        learnt = [network.denoiser, network.embedding, self.curve]
        parameters = [p for part in learnt for p in part.parameters()]
        self.optimizer = torch.optim.AdamW(
            [*parameters, self.gamma_0, self.gamma_1], lr=1e-3, weight_decay=1e-3
        )

    def level(self, t_B1: Tensor) -> Tensor:
        """Return ᾱ `(B, 1)`; the curve is asked at 0 and 1 for every image anew."""
        at_0, at_1 = self.curve(torch.zeros_like(t_B1)), self.curve(torch.ones_like(t_B1))
        part_B1 = ((self.curve(t_B1) - at_0) / (at_1 - at_0 + 1e-8)).clamp(0, 1)
        gamma_B1 = self.gamma_0 + (self.gamma_1 - self.gamma_0) * (1 - part_B1)
        return torch.sigmoid(-gamma_B1 / 2).clamp(0.01, 0.99)

    def step(self, x_BCHW: Tensor, y_B: Tensor) -> float:
        """Train on one batch; return the loss."""
        weight_KD = self.network.embedding.weight_KD
        u_BD = weight_KD[y_B]
        t_B1 = torch.rand(len(y_B), 1, device=y_B.device, requires_grad=True)
        level_B1 = self.level(t_B1)
        snr = (level_B1 / (1 - level_B1)).sum()
        (slope_B1,) = torch.autograd.grad(snr, t_B1, create_graph=True)
        estimate_BD = self.said(x_BCHW, u_BD, t_B1, level_B1).softmax(dim=1) @ weight_KD
        error_B1 = (estimate_BD - u_BD).square().sum(dim=1, keepdim=True)
        end_B1 = torch.ones_like(t_B1)
        said_BK = self.said(x_BCHW, u_BD, end_B1, self.level(end_B1))
        denoising = self.eta / 2 * (slope_B1 * error_B1).mean()
        loss = cross_entropy(said_BK, y_B) + u_BD.square().sum(dim=1).mean() / 2 + denoising
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return loss.item()

    def said(self, x_BCHW: Tensor, u_BD: Tensor, t_B1: Tensor, level_B1: Tensor) -> Tensor:
        """Return the network's logits `(B, K)` of noised labels at times `t_B1`."""
        noise_BD = (1 - level_B1).sqrt() * torch.randn_like(u_BD)
        logits_BK: Tensor = self.network.denoiser(x_BCHW, level_B1 * u_BD + noise_BD, t_B1)
        return logits_BK
