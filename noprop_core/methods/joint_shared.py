"""The original script's "traditional back-propagation": the same loss, one joint backward."""

import torch
from torch import Tensor

from noprop_core.shared import SharedMethod


class JointShared(SharedMethod):
    """The summed loss of all MLPs, sent back through all of them and the CNN at once."""

    name = "joint-shared"
    title = "the original script's 'traditional BP': the NoProp loss with one joint backward"
    source = "the noprop_vs_backprop.py script that this project grew from"
    deviations = (
        "Named for what it is: every MLP sees the noised true label, there is no chain of blocks, "
        "and its gradient equals that of noprop-shared. For back-propagation see `backprop`.",
        "Noise levels at inference are those of training (Eq. 3); the original's did not match.",
        "No ReduceLROnPlateau: it does not act within the original's three epochs.",
    )
    independent_blocks = False

    def train_step(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Take one step down the sum of every MLP's loss."""
        u_BK, z_TBK = self.noised_labels(y_B)
        h_BF = self.network.cnn(x_BCHW)
        losses = [self.mlp_loss(t, h_BF, z_TBK, u_BK) for t in range(1, self.timesteps + 1)]
        return self.minimise(torch.stack(losses).sum(), self.optimizer)
