"""Masks drawn in less time are torch's own, and leave the stream where torch's leave it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bench.measure import memory
from noprop_core import masks
from noprop_core.masks import draw_mask, mask_like
from noprop_core.seed_stack.draws import Draw


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


@pytest.mark.parametrize("values", [1, masks.AT_ONCE - 1, masks.AT_ONCE, 2 * masks.AT_ONCE + 3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_large_masks_of_every_type_are_torch_s(values, dtype) -> None:
    ours, theirs = generators(3)
    x = torch.zeros(values, dtype=dtype)
    mask = mask_like(x, 0.8, ours)
    assert mask.dtype == dtype
    assert torch.equal(mask, torch.empty_like(x).bernoulli_(0.8, generator=theirs))
    assert torch.equal(ours.get_state(), theirs.get_state())


@pytest.mark.parametrize(
    "x",
    [
        torch.zeros(2, 3, 5, 4),
        torch.zeros(2, 3, 5, 4).contiguous(memory_format=torch.channels_last),
        torch.zeros(2, 3, 5, 4).permute(3, 0, 2, 1),
        torch.zeros(2, 3, 5, 8)[..., ::2],
        torch.zeros(2, 1, 5, 1).expand(2, 3, 5, 4),
        torch.zeros(0, 3),
    ],
    ids=["rows", "channels last", "permuted", "gaps", "expanded", "empty"],
)
def test_a_mask_lies_and_is_drawn_as_torch_s_however_the_values_lie(x) -> None:
    ours, theirs = generators(4)
    mask = mask_like(x, 0.5, ours)
    alone = torch.empty_like(x).bernoulli_(0.5, generator=theirs)
    assert torch.equal(mask, alone)
    assert mask.stride() == alone.stride()


def test_threads_do_not_draw_into_each_other_s_masks() -> None:
    def drawn(seed: int) -> torch.Tensor:
        generator = torch.Generator().manual_seed(seed)
        return torch.stack([mask_like(torch.empty(200_000), 0.5, generator) for _ in range(10)])

    with ThreadPoolExecutor(4) as threads:
        at_once = list(threads.map(drawn, range(4)))
    assert all(torch.equal(mask, drawn(seed)) for seed, mask in enumerate(at_once))


def test_uniform_numbers_are_no_part_of_what_a_step_holds() -> None:
    x = torch.zeros(300_000)

    def held(draw) -> int:
        _, use = memory.measure(x.device, lambda: None, lambda built: [[draw, draw]])
        return use.peak_bytes

    generator = torch.Generator()
    plainly = held(lambda: torch.empty_like(x).bernoulli_(0.5, generator=generator).div_(0.5))
    assert held(lambda: mask_like(x, 0.5, generator).div_(0.5)) == plainly


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
    monkeypatch.setattr(masks, "_fill", lambda mask, probability, generator: mask.fill_(1))
    masks._are_uniform_numbers.cache_clear()
    try:
        assert not masks._are_uniform_numbers()
        row, (ours, theirs) = torch.empty(100), generators(0)
        draw_mask(row, 0.5, ours)
        assert torch.equal(row, torch.empty(100).bernoulli_(0.5, generator=theirs))
    finally:
        masks._are_uniform_numbers.cache_clear()
