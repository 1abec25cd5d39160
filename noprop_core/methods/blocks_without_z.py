"""NoProp-DT whose blocks never see z: what remains where nothing is denoised."""

from typing import ClassVar

import torch
from torch import Tensor

from noprop_core.methods.noprop_dt import NoPropDT
from noprop_core.stacked_blocks import StackedBlocks


class BlocksWithoutZ(NoPropDT):
    """Every block is shown the image's features in place of z; all else is `noprop-dt`."""

    name = "blocks-without-z"
    title = "noprop-dt whose blocks never see the noised label: T classifiers under its sampler"
    source = "a control of this project for Li, Teh & Pascanu 2025 (arXiv 2503.24322 v1)"
    exact: ClassVar[tuple[str, ...]] = (
        "what it is trained on and predicts depends on no noised label before z_T",
    )
    deviations = (
        "The label path stays, over features of the image: a block has the layers and operations "
        "of `noprop-dt`'s, and with equal seeds starts from its weights.",
    )
    uses_timesteps = True
    replayable = True
    same_flops_as = "noprop-dt"

    def block_logits(self, t: int, features_BF: Tensor, z_BD: Tensor) -> Tensor:
        """Return what block t says of the image alone."""
        return self.block(t).logits_without_z(features_BF, z_BD.shape[1])

    def stacked_logits(self, blocks: StackedBlocks, features_TBF: Tensor, z_TBD: Tensor) -> Tensor:
        """Return what every block says of the image alone."""
        features = features_TBF.shape[2]
        chosen_D = torch.arange(z_TBD.shape[2], device=features_TBF.device) % features
        return blocks.logits(features_TBF, features_TBF.index_select(2, chosen_D))
