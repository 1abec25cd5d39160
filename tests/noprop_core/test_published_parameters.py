"""Parameter counts of the networks against those that the paper publishes.

`facts/parameters.csv`: Li, Teh & Pascanu 2025, arXiv 2503.24322 v2, table of parameter counts, in
millions; and the exact count that unpadded 3x3 convolutions give. One block of discrete time, or
the network of continuous time, is counted, without class embeddings, head and schedule.
"""

import csv
from pathlib import Path

import pytest
import torch
from torch import nn

from noprop_core.continuous import Denoiser
from noprop_core.image_path import ImagePathConfig
from noprop_core.networks import DenoisingBlock

FACTS = Path(__file__).parent / "facts" / "parameters.csv"
ROWS = list(csv.DictReader(FACTS.read_text(encoding="utf-8").splitlines()))
EXACT = [row for row in ROWS if row["exact_with_unpadded_convolutions"]]
TINY = [row for row in ROWS if row["dataset"] == "tiny-imagenet"]
IMAGES = {
    "mnist": (1, 28, 28),
    "cifar10": (3, 32, 32),
    "cifar100": (3, 32, 32),
    "tiny-imagenet": (3, 64, 64),
}
CLASSES = {"mnist": 10, "cifar10": 10, "cifar100": 100, "tiny-imagenet": 200}


def words(row: dict[str, str]) -> str:
    return "-".join((row["family"], row["dataset"], row["embedding"]))


def count(row: dict[str, str], config: ImagePathConfig) -> int:
    image = IMAGES[row["dataset"]]
    latent = image if row["embedding"] == "prototype" else (int(row["label_dimension"]),)
    kinds: dict[str, type[nn.Module]] = {"discrete": DenoisingBlock, "continuous": Denoiser}
    with torch.device("meta"):
        network = kinds[row["family"]](
            image, latent, CLASSES[row["dataset"]], config, torch.Generator()
        )
    return sum(parameter.numel() for parameter in network.parameters())


def test_there_are_eighteen_rows_to_meet_and_two_unexplained() -> None:
    assert (len(EXACT), len(TINY), len(ROWS)) == (18, 2, 20)


@pytest.mark.parametrize("row", EXACT, ids=words)
def test_a_network_has_the_published_number_of_parameters(row: dict[str, str]) -> None:
    counted = count(row, ImagePathConfig())
    assert counted == int(row["exact_with_unpadded_convolutions"])
    assert f"{counted / 1e6:.2f}" == row["published_parameters_millions"]


@pytest.mark.parametrize("row", EXACT, ids=words)
def test_with_padding_it_has_more(row: dict[str, str]) -> None:
    padded = count(row, ImagePathConfig(padding="same"))
    assert f"{padded / 1e6:.2f}" != row["published_parameters_millions"]


@pytest.mark.parametrize("row", TINY, ids=words)
def test_a_fourth_convolution_comes_near_what_is_published_for_64x64(row: dict[str, str]) -> None:
    counted = count(row, ImagePathConfig(fourth_convolution=True)) / 1e6
    missing = float(row["published_parameters_millions"]) - counted
    assert 0.04 < missing < 0.06
    without = count(row, ImagePathConfig()) / 1e6
    assert abs(float(row["published_parameters_millions"]) - without) > 10 * missing
