"""How much of the label can be read off a noised label, whatever reads it.

z ~ N(√ᾱ u_y, (1 - ᾱ) I) with equally frequent classes: the best reading is the most probable
class, and this is how often it is the true one. At ᾱ of the last state it is a ceiling over every
method that ends in reading z_T; at ᾱ_0 anything above chance is a leak, since the chain starts from
pure noise. Shapes: `K` classes, `D` embedding, `N` draws.
"""

import math
from functools import cache

import torch
from torch import Tensor

DRAWS = 100_000
"""Of a noised label, where no integral gives the share: its standard error is below 0.0016."""

LEAK = 0.01
"""How far above chance z_0 alone may be read: one point of accuracy."""

LOWEST = 1e-12
"""No leak is looked for below this ᾱ_0."""


class LabelReading:
    """How often the best reading of z is the true class, for given class embeddings W.

    Exact for orthogonal rows of equal norm (one-hot W); else by draws from a fixed seed, the same
    for every ᾱ, so that the share rises with it.
    """

    @torch.no_grad()
    def __init__(self, weight_KD: Tensor, draws: int = DRAWS) -> None:
        """Take W as it stands now."""
        weight_KD = weight_KD.detach().to("cpu", torch.float64)
        self.gram_KK = weight_KD @ weight_KD.T
        self.square = float(self.gram_KK.diagonal().mean())
        self.classes = len(self.gram_KK)
        identity_KK = torch.eye(self.classes, dtype=torch.float64)
        self.orthogonal = torch.allclose(self.gram_KK / self.square, identity_KK, atol=1e-6)
        if not self.orthogonal:
            self._draw(draws)

    def share(self, level: float) -> float:
        """Return it (0 to 1) at ᾱ = `level`."""
        return self._of_orthogonal(level) if self.orthogonal else self._of_draws(level)

    def level_without_leak(self, level: float) -> float:
        """Return the largest ᾱ_0 up to `level` at which z_0 alone says at most chance + 1 point."""
        allowed = 1 / self.classes + LEAK
        if self.share(level) <= allowed:
            return level
        low, high = math.log(LOWEST), math.log(level)
        while high - low > 0.1:
            middle = (low + high) / 2
            low, high = (middle, high) if self.share(math.exp(middle)) <= allowed else (low, middle)
        return math.exp(low)

    def _of_orthogonal(self, level: float) -> float:
        return _share_of_orthogonal(math.sqrt(self.square * level / (1 - level)), self.classes)

    def _draw(self, draws: int) -> None:
        """Draw ⟨noise, u_k⟩ for all k: what lies outside the span of the rows tells nothing."""
        self.y_N = torch.arange(draws) % self.classes
        values_K, vectors_KK = torch.linalg.eigh(self.gram_KK)
        root_KK = vectors_KK * values_K.clamp_min(0).sqrt()
        generator = torch.Generator().manual_seed(0)
        fresh_NK = torch.randn(draws, self.classes, dtype=torch.float64, generator=generator)
        self.noise_NK = fresh_NK @ root_KK.T

    def _of_draws(self, level: float) -> float:
        mean_NK = math.sqrt(level) * self.gram_KK[self.y_N]
        half_K = math.sqrt(level) / 2 * self.gram_KK.diagonal()
        evidence_NK = mean_NK + math.sqrt(1 - level) * self.noise_NK - half_K
        return float((evidence_NK.argmax(dim=1) == self.y_N).double().mean())


@cache
def _share_of_orthogonal(lead: float, classes: int) -> float:
    """Integrate Φ(x + s)^(K-1) over a standard normal x: no other class comes out higher.

    Every model of a run asks the same: it is integrated once a process.
    """
    x_N = torch.linspace(-12, 12, 20_001, dtype=torch.float64, device="cpu")
    log_density_N = -(x_N.square() + math.log(2 * math.pi)) / 2
    log_wins_N = (classes - 1) * torch.special.log_ndtr(x_N + lead)
    return min(1.0, float(torch.trapezoid((log_density_N + log_wins_N).exp(), x_N)))


def smallest_distance(weight_KD: Tensor) -> float:
    """Return the smallest Euclidean distance between two class embeddings."""
    return float(torch.nn.functional.pdist(weight_KD.detach().to("cpu", torch.float64)).min())
