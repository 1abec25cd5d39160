"""Labels as one-hot rows, without the checks of `torch.nn.functional.one_hot`.

On the CPU torch's function reads the smallest and the largest label on the host: two more
operations and, in a step that is recorded to be replayed, something that cannot be.
"""

import torch
from torch import Tensor


def one_hot(y_B: Tensor, classes: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return `(B, K)`: 1 at each label, which must be in 0 .. K - 1, and 0 elsewhere."""
    return (y_B.unsqueeze(1) == torch.arange(classes, device=y_B.device)).to(dtype)
