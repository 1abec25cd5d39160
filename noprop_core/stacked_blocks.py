"""T blocks computed as one: T times fewer operations, T times the activations held at once.

A block is a row of every stacked tensor: convolutions are one grouped convolution, linear layers
one batched product, batch norm one over all blocks' features. The weights lie once: each block's
own are views of the stacked ones, so that it can still be asked by itself. Shapes: `T` blocks, `B`
batch, `F` features, `D` embedding, `K` classes; `x` is `(B, T C, H, W)` inside the image path.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, max_pool2d

from noprop_core.batch_norm import BatchNorm1d
from noprop_core.image_path import Dropout
from noprop_core.networks import DenoisingBlock, LabelPath

Layers = Sequence[Sequence[nn.Module]]
"""A block's layers, first to last; of each, the T blocks' own."""


class StackedBlocks(nn.Module):
    """The blocks of a chain as one computation over their common storages."""

    def __init__(self, blocks: Sequence[DenoisingBlock]) -> None:
        """Move the weights and running statistics of `blocks`, all alike, into stacked tensors."""
        super().__init__()
        self.count, self.stacked = len(blocks), nn.ParameterDict()
        self.image_path = list(zip(*(block.image_path for block in blocks), strict=True))
        paths = [block.label_path for block in blocks]
        assert all(isinstance(path, LabelPath) for path in paths)
        self.enter, self.residual = (
            list(zip(*(path.get_submodule(part) for path in paths), strict=True))
            for part in ("enter", "residual")
        )
        self.joined = list(zip(*(block.joined for block in blocks), strict=True))
        self.weights: dict[nn.Module, tuple[Tensor, Tensor]] = {}
        self.statistics: dict[nn.Module, tuple[Tensor, Tensor]] = {}
        for layers in (*self.image_path, *self.enter, *self.residual, *self.joined):
            self._stack(layers)

    def features(self, x_BCHW: Tensor) -> Tensor:
        """Return every block's features of the images, `(T, B, F)`."""
        x, groups = x_BCHW, 1  # all blocks see the same images: one wider convolution
        for number, layers in enumerate(self.image_path):
            first = layers[0]
            if isinstance(first, nn.Conv2d):
                x = conv2d(x, *self.weights[first], padding=first.padding, groups=groups)
                groups = self.count
            elif isinstance(first, nn.MaxPool2d):
                x = max_pool2d(x, first.kernel_size)
            elif isinstance(first, nn.ReLU):
                x = x.relu_()
            elif isinstance(first, Dropout):
                x = self._dropped(layers, x)
            else:
                assert isinstance(first, nn.Flatten)
                x_TBF = x.reshape(len(x), self.count, -1).transpose(0, 1)
                return self._through(self.image_path[number + 1 :], x_TBF)
        raise AssertionError("an image path flattens")

    def logits(self, features_TBF: Tensor, z_TBD: Tensor) -> Tensor:
        """Return every block's logits `(T, B, K)` of its own features and noised labels."""
        entered_TBF = self._through(self.enter, z_TBD)
        label_TBF = entered_TBF + self._through(self.residual, entered_TBF)
        return self._through(self.joined, torch.cat((features_TBF, label_TBF), dim=2))

    def _through(self, stack: Layers, x_TBF: Tensor) -> Tensor:
        for first, *_ in stack:
            if isinstance(first, nn.Linear):
                weight_TOI, bias_TO = self.weights[first]
                x_TBF = torch.baddbmm(bias_TO.unsqueeze(1), x_TBF, weight_TOI.transpose(1, 2))
            elif isinstance(first, BatchNorm1d):
                x_TBF = self._normalised(first, x_TBF)
            else:
                assert isinstance(first, nn.ReLU)
                x_TBF = x_TBF.relu_()
        return x_TBF

    def _normalised(self, first: BatchNorm1d, x_TBF: Tensor) -> Tensor:
        count, batch, features = x_TBF.shape
        together = x_TBF.transpose(0, 1).reshape(batch, count * features)
        weight, bias = self.weights[first]
        mean, variance = self.statistics[first]
        settings = (self.training, 0.1, first.eps, torch.backends.cudnn.enabled)
        said = torch.batch_norm(together, weight, bias, mean, variance, *settings)
        return said.view(batch, count, features).transpose(0, 1)

    def _dropped(self, layers: Iterable[nn.Module], x: Tensor) -> Tensor:
        """Drop values by every block's own masks, drawn as the block by itself draws them."""
        if not self.training:
            return x
        batch, channels, *size = x.shape
        shape, masks = (batch, channels // self.count, *size), []
        for layer in layers:
            assert isinstance(layer, Dropout)
            drawn = torch.empty(shape, device=x.device, memory_format=torch.channels_last)
            masks.append(layer.draw_like(drawn).div_(layer.keep))
        return x * torch.cat(masks, dim=1)

    def _stack(self, layers: Sequence[nn.Module]) -> None:
        first = layers[0]
        if not list(first.parameters()):
            return
        self.weights[first] = (self._common(layers, "weight"), self._common(layers, "bias"))
        if isinstance(first, BatchNorm1d):
            names = ("running_mean", "running_var")
            mean, variance = (torch.cat([layer.get_buffer(n) for layer in layers]) for n in names)
            self.statistics[first] = (mean, variance)
            for name, whole in zip(names, (mean, variance), strict=True):
                for layer, part in zip(layers, whole.chunk(self.count), strict=True):
                    setattr(layer, name, part)

    def _common(self, layers: Sequence[nn.Module], name: str) -> Tensor:
        """Return one parameter over `layers`, of whose own ones it takes the place."""
        own = [layer.get_parameter(name) for layer in layers]
        linear = isinstance(layers[0], nn.Linear)
        with torch.no_grad():
            whole = torch.stack(list(own)) if linear else torch.cat(list(own))
        for parameter, part in zip(
            own, whole.unbind() if linear else whole.chunk(self.count), strict=True
        ):
            parameter.data = part
        common = nn.Parameter(whole)
        self.stacked[f"{len(self.stacked)}"] = common
        return common
