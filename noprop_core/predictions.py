"""What a method predicts, checked: what cannot be counted is an error and no accuracy.

Shapes are looked at on the host; what stands in the tensors is counted on the device and read with
everything else. Shapes: `B` batch, `K` classes.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from noprop_core.errors import InvalidOutput, NoScores
from noprop_core.method import Method


@dataclass(frozen=True)
class Predicted:
    """Classes `(B,)`, the scores `(B, K)` they come from if any, and how many are unusable."""

    classes_B: Tensor
    scores_BK: Tensor | None
    unusable: Tensor


def predicted(method: Method, encoded: Any, generator: torch.Generator, y_B: Tensor) -> Predicted:
    """Ask `method` for its predictions; raises `InvalidOutput` for a wrong shape or type."""
    if not method.has_logits:
        said = method.predict(encoded, generator)
        classes_B = _classes(f"{method.name}: predict", said, y_B)
        return Predicted(classes_B, None, _outside(classes_B, method.classes))
    scores_BK = method.logits(encoded, generator)
    _check(f"{method.name}: logits", scores_BK, (len(y_B), method.classes), is_whole=False)
    return Predicted(scores_BK.argmax(dim=1), scores_BK, scores_BK.isnan().any(dim=1).sum())


def counted(found: Predicted, y_B: Tensor) -> tuple[Tensor, Tensor]:
    """Return right and unusable predictions."""
    return (found.classes_B == y_B).sum(), found.unusable


def stood_in(method: Method, name: object, said: Any, y_B: Tensor) -> tuple[Tensor, Tensor]:
    """Return right classes and unusable predictions of one control.

    Of class probabilities `(B, K)`, those of the right ones are added up.
    """
    where = f"{method.name}: control {name!r}"
    if not (isinstance(name, str) and name):
        raise InvalidOutput(f"{where} has no name")
    if isinstance(said, Tensor) and said.ndim == 2:
        _check(where, said, (len(y_B), method.classes), is_whole=False)
        return said.gather(1, y_B.unsqueeze(1)).sum(), (~said.isfinite()).any(dim=1).sum()
    classes_B = _classes(where, said, y_B)
    return (classes_B == y_B).sum(), _outside(classes_B, method.classes)


def refuse_unusable(method: Method, unusable: float, of: int) -> None:
    """Raise `NoScores` if class scores were NaN, `InvalidOutput` if what was said is no class."""
    if unusable and method.has_logits:
        raise NoScores(f"the class scores of {unusable:.0f} of {of} images are NaN")
    if unusable:
        raise InvalidOutput(
            f"{method.name}: {unusable:.0f} of {of} predictions are no class from 0 to "
            f"{method.classes - 1}"
        )


def _classes(where: str, said: Tensor, y_B: Tensor) -> Tensor:
    _check(where, said, (len(y_B),), is_whole=True)
    return said


def _outside(classes_B: Tensor, classes: int) -> Tensor:
    return ((classes_B < 0) | (classes_B >= classes)).sum()


def _check(where: str, said: object, shape: tuple[int, ...], *, is_whole: bool) -> None:
    kind = "whole numbers" if is_whole else "floating-point numbers"
    if not isinstance(said, Tensor):
        raise InvalidOutput(f"{where} returned {type(said).__name__}, not a tensor of {kind}")
    fits = said.dtype in WHOLE if is_whole else said.is_floating_point()
    if tuple(said.shape) != shape or not fits:
        raise InvalidOutput(
            f"{where} returned {said.dtype} of shape {tuple(said.shape)}; expected {kind} of "
            f"shape {shape}"
        )


WHOLE = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
