"""Masks drawn in less time are torch's own, and leave the stream where torch's leave it."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from noprop_core.seed_stack import masks
from noprop_core.seed_stack.draws import Draw
from noprop_core.seed_stack.masks import draw_mask


def generators(seed: int) -> tuple[torch.Generator, torch.Generator]:
    one, other = (torch.Generator().manual_seed(seed) for _ in range(2))
    return one, other


@given(
    shape=st.lists(st.integers(1, 5), min_size=1, max_size=4),
    probability=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**62),
)
def test_a_mask_is_torch_s_own(shape, probability, seed) -> None:
    ours, theirs = generators(seed)
    row, alone = torch.empty(shape), torch.empty(shape)
    for _ in range(2):  # from wherever the stream stands
        draw_mask(row, probability, ours)
        alone.bernoulli_(probability, generator=theirs)
        assert torch.equal(row, alone)
    assert torch.equal(ours.get_state(), theirs.get_state())


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("in_rows", [True, False])
def test_images_draw_as_they_do_alone_however_they_lie(in_rows, fast, monkeypatch) -> None:
    if not fast:  # as on a processor whose torch draws by MKL
        monkeypatch.setattr(masks, "_are_uniform_numbers", lambda: False)
    like = torch.empty(6, 5, 3, 2).contiguous(memory_format=torch.channels_last)
    draw = Draw(torch.Tensor.bernoulli_, True, (0.8,), {}, 0, like.shape, like.stride(), like.dtype)
    rows = draw.of_every_seed(
        [[torch.Generator().manual_seed(seed)] for seed in range(3)], in_rows=in_rows
    )
    assert (rows.stride(0) < rows.stride(1)) is not in_rows
    for seed, row in enumerate(rows):
        alone = torch.empty_like(like).bernoulli_(
            0.8, generator=torch.Generator().manual_seed(seed)
        )
        assert torch.equal(row, alone)


def test_a_processor_on_which_torch_draws_otherwise_is_noticed(monkeypatch) -> None:
    monkeypatch.setattr(
        masks, "_by_uniform_numbers", lambda like, p, generator: torch.ones_like(like).double()
    )
    masks._are_uniform_numbers.cache_clear()
    try:
        assert not masks._are_uniform_numbers()
        row, (ours, theirs) = torch.empty(100), generators(0)
        draw_mask(row, 0.5, ours)
        assert torch.equal(row, torch.empty(100).bernoulli_(0.5, generator=theirs))
    finally:
        masks._are_uniform_numbers.cache_clear()
