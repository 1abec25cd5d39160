"""An epoch's batches from the task, against torchvision's MNIST behind a DataLoader.

The DataLoader is the one of every tutorial: images decoded one by one, `ToTensor` and `Normalize`,
in this process. Only the files are replaced, by noise of the same size.
"""

from collections.abc import Iterator
from typing import Any

from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import MNIST, VisionDataset

from bench.speed.images_of_noise import mnist_of_noise
from bench.speed.row import Row, at_least, ratio_row
from bench.speed.setting import Setting
from bench.speed.turns import in_turns
from noprop_core.datasets.task import Task
from noprop_core.seeding import Streams

BATCH, IMAGES = 128, 8192
DATA_PATH_GOAL = at_least(10.0)


class NoiseAsMNIST(MNIST):  # type: ignore[misc]
    """Torchvision's own way from an index to a tensor, without its files."""

    def __init__(self, task: Task) -> None:
        """Take the training images of `task`."""
        mean = task.mean_C11.flatten().cpu() / 255
        deviation = 1 / task.scale_C11.flatten().cpu() / 255
        steps = [transforms.ToTensor(), transforms.Normalize(mean.tolist(), deviation.tolist())]
        VisionDataset.__init__(self, "", transform=transforms.Compose(steps))
        self.data = task.train.images_NCHW[:, 0].cpu()
        self.targets = task.train.labels_N.cpu()


def rows(setting: Setting, *, images: int = IMAGES) -> Iterator[Row]:
    """Yield how many times longer the DataLoader takes for the same images."""
    task, device = mnist_of_noise(setting.device, images), setting.device
    loader: DataLoader[Any] = DataLoader(NoiseAsMNIST(task), batch_size=BATCH, shuffle=True)
    order = Streams(0).generator("data order")

    def theirs() -> None:
        for x_BCHW, y_B in loader:
            x_BCHW.to(device), y_B.to(device)

    def ours() -> None:
        for indices_B in task.epoch_indices(BATCH, order):
            task.training_batch(indices_B)

    rounds = setting.at_most(9)
    turns = in_turns("data path", theirs, ours, device=device, rounds=rounds, repeats=1)
    what = f"{images} images of 1x28x28: DataLoader over torchvision's MNIST / ours"
    yield ratio_row(turns, "data-path", what, DATA_PATH_GOAL)
