"""A layer prepared for many calls is the layer, whichever way its product is computed."""

import math

import pytest
import torch
from torch import nn

from noprop_core import packed_linear
from noprop_core.packed_linear import FEW, LARGE, LARGE_ON_ZEN_5, PackedLinear, softmax

TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}
"""oneDNN and columns add up in another order."""
WAYS = {"packed": (0, 40), "rows": (math.inf, 40), "columns": (0, 10)}
"""From how many multiplications oneDNN is asked, and the layer's outputs."""

can_pack = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_it_is_the_layer(bias: bool, relu: bool, way: str, monkeypatch) -> None:
    if way == "packed" and not can_pack:
        pytest.skip("this torch has no oneDNN, or not under the name it had")
    packed_from, outputs = WAYS[way]
    monkeypatch.setattr(packed_linear, "_packed_from", lambda: packed_from)
    torch.manual_seed(0)
    layer = nn.Linear(36, outputs, bias=bias)
    for rows in (1, 7, 50):
        x_NI, more_NO, other_O = (
            torch.randn(*shape) for shape in ((rows, 36), (rows, outputs), (outputs,))
        )
        with torch.no_grad():
            ours = PackedLinear(layer, rows, relu=relu)
            expected = layer(x_NI).relu() if relu else layer(x_NI)
            torch.testing.assert_close(ours(x_NI), expected, **TOLERANCE)
            expected = x_NI @ layer.weight.T + more_NO + other_O
            kept = more_NO.clone()
            torch.testing.assert_close(ours.beside(x_NI, more_NO, other_O), expected, **TOLERANCE)
            assert torch.equal(more_NO, kept)
        assert (ours.packed is not None, ours.as_columns) == (way == "packed", way == "columns")


@pytest.mark.parametrize("precision", [torch.float64, torch.bfloat16])
def test_in_another_precision_it_is_the_layer_bit_for_bit(precision, monkeypatch) -> None:
    monkeypatch.setattr(packed_linear, "_packed_from", lambda: 0)
    for outputs in (10, 40):
        layer, x_NI = nn.Linear(36, outputs).to(precision), torch.randn(7, 36).to(precision)
        with torch.no_grad():
            assert torch.equal(PackedLinear(layer, 7)(x_NI), layer(x_NI))


def test_under_autocast_it_is_the_layer_bit_for_bit(monkeypatch) -> None:
    monkeypatch.setattr(packed_linear, "_packed_from", lambda: 0)
    for outputs in (10, 40):
        layer, x_NI = nn.Linear(36, outputs), torch.randn(7, 36)
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            ours, theirs = PackedLinear(layer, 7)(x_NI), layer(x_NI)
        assert ours.dtype == theirs.dtype == torch.bfloat16
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize(
    ("vendor", "family", "expected"),
    [
        ("AuthenticAMD", 26, LARGE_ON_ZEN_5),
        ("AuthenticAMD", 25, LARGE),
        ("GenuineIntel", 26, LARGE),
        ("", 0, LARGE),
    ],
)
def test_from_what_size_it_is_packed_hangs_on_the_processor(
    vendor: str, family: int, expected: int, monkeypatch
) -> None:
    monkeypatch.setattr(packed_linear, "vendor_and_family", lambda: (vendor, family))
    assert packed_linear._packed_from.__wrapped__() == (expected if can_pack else math.inf)


def test_few_outputs_come_as_columns_and_their_softmax_is_torchs() -> None:
    torch.manual_seed(0)
    layer, x_NI = nn.Linear(36, FEW - 1), torch.randn(7, 36)
    with torch.no_grad():
        logits_NO = PackedLinear(layer, 7)(x_NI)
    assert logits_NO.T.is_contiguous()
    for laid_out in (logits_NO, logits_NO.contiguous()):
        torch.testing.assert_close(softmax(laid_out), logits_NO.softmax(dim=1))
