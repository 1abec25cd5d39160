"""The original script's NoProp: a shared CNN, T MLPs trained one after the other."""

from torch import Tensor

from noprop_core.optimisation import guarded_step
from noprop_core.shared import SharedMethod


class NoPropShared(SharedMethod):
    """Each MLP learns on its own; the CNN gets the sum of what they send back."""

    name = "noprop-shared"
    title = "the original script's NoProp: shared CNN, T denoising MLPs one at a time"
    source = "the noprop_vs_backprop.py script that this project grew from"
    deviations = (
        "The CNN runs once per batch, not once more for every MLP: its weights do not change in "
        "between, so the features are the same.",
        "CNN and MLPs step together after the batch, from gradients at the same weights.",
        "Noise levels at inference are those of training (Eq. 3); the original's did not match.",
        "No ReduceLROnPlateau: it does not act within the original's three epochs.",
    )
    independent_blocks = True

    def train_step(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Train every MLP, keeping one MLP's graph at a time; then the CNN.

        The gradient of the summed loss at the features is gathered on a detached copy of them and
        sent through the CNN once. Only one MLP's activations are alive at any moment, so memory
        does not grow with T as it does in `joint-shared`, which computes the same gradient.
        """
        u_BK, z_TBK = self.noised_labels(y_B)
        h_BF = self.network.cnn(x_BCHW)
        cut_BF = h_BF.detach().requires_grad_()
        self.optimizer.zero_grad(set_to_none=True)
        total = u_BK.new_zeros(())
        for t in range(1, self.timesteps + 1):
            loss = self.mlp_loss(t, cut_BF, z_TBK, u_BK)
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.detach()
        h_BF.backward(cut_BF.grad)
        self.guard.check(total)
        guarded_step(self.optimizer, self.guard)
        return total
