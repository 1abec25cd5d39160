"""A few images of one's own, as an `.npz` or as folders of pictures: whatever may be learnt."""

from pathlib import Path
from random import Random

import numpy as np

from noprop_core.datasets.contents import FEWEST

SHAPES = ((8, 8), (9, 13), (16, 16, 1), (12, 12, 3), (8, 8, 4))
FILES = ("own.npz", "dätä 数.npz", "a'b$(x).npz", "x" * 60 + ".npz")
FOLDERS = ("pictures/of", "./bilder ü", "a/b")


def own_data(draw: Random, folder: Path, images: int) -> str:
    """Write a data set with `images` to train on, and others; return its name in a study."""
    numbers = np.random.default_rng(draw.randrange(2**32))
    count = max(FEWEST, -(-images * 10 // 9) + 2)  # a tenth is held out
    shape, classes = draw.choice(SHAPES), draw.choice((2, 3, 7))
    train = numbers.integers(0, 256, (count, *shape), dtype="u1")
    test = numbers.integers(0, 256, (draw.choice((1, 2, 9)), *shape), dtype="u1")
    labels, test_labels = (np.arange(len(part)) % classes for part in (train, test))
    if draw.random() < 0.8 or shape[-1] == 4:
        name = draw.choice(FILES)
        names = draw.choice((("train_images", "train_labels", "test_images", "test_labels"),
                             ("x_train", "y_train", "x_test", "y_test")))  # fmt: skip
        arrays = (train, labels.astype(draw.choice(("u1", "i4", "i8"))), test, test_labels)
        np.savez(folder / name, **dict(zip(names, arrays, strict=True)))
        return name
    name = draw.choice(FOLDERS)
    for part, images_of, labels_of in (("train", train, labels), ("test", test, test_labels)):
        _pictures(folder / name / part, images_of, labels_of)
    return name


def _pictures(folder: Path, images: np.ndarray, labels: np.ndarray) -> None:
    from PIL import Image

    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        path = folder / f"{label} ä" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image.squeeze()).save(path)
