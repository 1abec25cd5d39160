"""The original script's "traditional back-propagation": the same loss, one joint backward."""

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
        "No ReduceLROnPlateau: the learning rate stays as it is.",
    )
    uses_timesteps = True
    replayable = True
    independent_blocks = True  # the MLPs; a joint backward sends nothing from one to another

    def train_step(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Take one step down the sum of every MLP's loss."""
        return self.minimise(self.sum_of_losses(x_BCHW, y_B), self.optimizer)
