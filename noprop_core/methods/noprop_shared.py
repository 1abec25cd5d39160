"""The original script's NoProp: a shared CNN under T MLPs, each with a loss of its own."""

import torch
from torch import Tensor

from noprop_core.optimisation import guarded_step
from noprop_core.shared import SharedMethod


class NoPropShared(SharedMethod):
    """Each MLP learns on its own; the CNN gets the sum of what they send back."""

    name = "noprop-shared"
    title = "the original script's NoProp: T denoising MLPs on their own over a shared CNN"
    source = "the noprop_vs_backprop.py script that this project grew from"
    deviations = (
        "The CNN runs once per batch, not once more for every MLP: its weights do not change in "
        "between, so the features are the same.",
        "CNN and MLPs step together after the batch, from gradients at the same weights.",
        "The MLPs, independent of each other, are computed side by side.",
        "Noise levels at inference are those of training (Eq. 3); the original's did not match.",
        "No ReduceLROnPlateau: the learning rate stays as it is.",
    )
    uses_timesteps = True
    replayable = True
    independent_blocks = True

    def train_step(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Train every MLP on its own loss; then the CNN, on what they send back.

        The MLPs see detached features, so no MLP's graph reaches the CNN.
        The sum of the MLPs' gradients at the features then goes through the CNN once.
        """
        u_BK, z_TBK = self.noised_labels(y_B)
        h_BF = self.network.cnn(x_BCHW)
        cut_BF = h_BF.detach().requires_grad_()
        self.optimizer.zero_grad(set_to_none=True)
        total = self.losses(cut_BF, u_BK, z_TBK).sum()
        total.backward()  # type: ignore[no-untyped-call]
        assert cut_BF.grad is not None
        # The same gradient as of `h_BF.backward(cut_BF.grad)`, which would import torch's symbolic
        # shapes: see `noprop_core.optimisation`.
        torch.dot(h_BF.flatten(), cut_BF.grad.flatten()).backward()  # type: ignore[no-untyped-call]
        self.guard.check(total.detach())
        guarded_step(self.optimizer, self.guard)
        return total.detach()
