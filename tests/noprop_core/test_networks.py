"""The blocks of Fig. 6 and their image path."""

import math

import pytest
import torch
from torch import nn

from noprop_core.errors import InvalidSetting
from noprop_core.image_path import Dropout, ImagePath, ImagePathConfig, padding_for, scaled
from noprop_core.networks import DenoisingBlock

NARROW = ImagePathConfig(width=0.25)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("padding", "side"), [("none", 4), ("same", 7)])
def test_at_width_1_the_layers_are_those_of_the_figure(padding: str, side: int) -> None:
    config = ImagePathConfig(padding=padding)
    block = DenoisingBlock((1, 28, 28), (10,), 10, config, generator())
    convolutions = [m for m in block.modules() if isinstance(m, nn.Conv2d)]
    assert [(m.in_channels, m.out_channels) for m in convolutions] == [(1, 32), (32, 64), (64, 128)]
    assert all(m.kernel_size == (3, 3) for m in convolutions)
    linear = [(m.in_features, m.out_features) for m in block.modules() if isinstance(m, nn.Linear)]
    assert linear == [
        (side * side * 128, 256),
        (10, 256),
        (256, 256),
        (256, 256),
        (512, 256),
        (256, 128),
        (128, 10),
    ]
    rates = [round(1 - m.keep, 6) for m in block.modules() if isinstance(m, Dropout)]
    assert rates == [0.2, 0.2, 0.2]
    assert sum(isinstance(m, nn.MaxPool2d) for m in block.modules()) == 2


@pytest.mark.parametrize(
    ("size", "width", "expected"), [(256, 1.0, 256), (256, 0.5, 128), (32, 0.1, 8), (32, 0.33, 8)]
)
def test_width_scales_to_multiples_of_eight(size: int, width: float, expected: int) -> None:
    assert scaled(size, width) == expected


@pytest.mark.parametrize("latent", [(5,), (3, 8, 8)])
def test_features_computed_once_give_the_same_logits(latent: tuple[int, ...]) -> None:
    block = DenoisingBlock((3, 8, 8), latent, 5, NARROW, generator()).eval()
    x_BCHW, z_BD = torch.randn(4, 3, 8, 8), torch.randn(4, math.prod(latent))
    assert torch.equal(block(x_BCHW, z_BD), block.logits(block.image_path(x_BCHW), z_BD))


@pytest.mark.parametrize("fourth", [False, True])
@pytest.mark.parametrize("padding", ["auto", "none", "same"])
@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 28, 28), (3, 32, 32), (3, 64, 40), (3, 14, 9)])
def test_the_image_path_fits_every_image_or_says_so(shape, padding: str, fourth: bool) -> None:
    config = ImagePathConfig(width=0.25, padding=padding, fourth_convolution=fourth)
    try:
        path = ImagePath(shape, config, generator())
    except InvalidSetting as refusal:
        assert f"images of {shape[1]}x{shape[2]} pixels are too small" in str(refusal)
        assert min(shape[1:]) < {"none": 34 if fourth else 14, "same": 8, "auto": 8}[padding]
    else:
        assert path(torch.randn(2, *shape)).shape == (2, path.features)


@pytest.mark.parametrize(
    ("side", "padding"), [(4, "same"), (8, "same"), (13, "same"), (14, "none"), (28, "none")]
)
def test_without_a_choice_there_is_padding_only_where_the_image_needs_it(side, padding) -> None:
    assert padding_for((1, side, side), ImagePathConfig()) == padding


def test_too_small_an_image_is_one_line_with_what_would_fit() -> None:
    with pytest.raises(InvalidSetting) as refusal:
        padding_for((1, 3, 3), ImagePathConfig())
    assert str(refusal.value) == (
        "images of 3x3 pixels are too small for padding 'auto': the convolutions need 14x14 at "
        "least without padding, 4x4 with padding 'same'"
    )


def test_records_from_before_there_was_a_choice_of_padding_mean_same() -> None:
    assert ImagePathConfig.historical == {"padding": "same", "fourth_convolution": False}


def test_dropout_keeps_the_mean_draws_from_its_stream_and_is_off_in_evaluation() -> None:
    x = torch.ones(200, 500)
    first, second = (Dropout(0.2, generator(1))(x) for _ in range(2))
    assert torch.equal(first, second)
    assert float(first.mean()) == pytest.approx(1, abs=0.01)
    assert float((first == 0).float().mean()) == pytest.approx(0.2, abs=0.01)
    assert Dropout(0.2, generator(1)).eval()(x) is x
