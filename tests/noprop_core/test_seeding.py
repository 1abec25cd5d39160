"""Streams: each depends on the root seed and its own name, on nothing else."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from noprop_core.seeding import Streams

seeds = st.integers(0, 2**62)


@given(seeds, st.text(max_size=20), st.text(max_size=20))
def test_streams_of_different_names_or_seeds_differ(seed: int, first: str, second: str) -> None:
    streams = Streams(seed)
    assert (streams.derive(first) == streams.derive(second)) == (first == second)
    assert streams.derive(first) != Streams(seed + 1).derive(first)
    assert 0 <= streams.derive(first) < 2**63


def test_drawing_from_one_stream_leaves_the_others_alone() -> None:
    streams = Streams(0)
    expected = torch.randn(4, generator=streams.generator("b"))
    torch.randn(1000, generator=streams.generator("a"))
    assert torch.equal(torch.randn(4, generator=streams.generator("b")), expected)


def test_seed_zero_is_a_seed_like_any_other() -> None:
    assert Streams(0).derive("x") == Streams(0).derive("x") != Streams(1).derive("x")


def test_a_stream_is_the_same_on_every_machine() -> None:
    assert Streams(0).derive("data order") == 7159696962517958688


def test_initialisation_is_seeded_and_the_global_generator_restored() -> None:
    before = torch.random.get_rng_state()
    weights = []
    for _ in range(2):
        with Streams(4).initialisation():
            weights.append(torch.nn.Linear(3, 3).weight)
    assert torch.equal(weights[0], weights[1])
    assert torch.equal(torch.random.get_rng_state(), before)


def test_initialisation_leaves_the_generators_of_devices_alone(monkeypatch) -> None:
    seeded = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", seeded.append)
    with Streams(0).initialisation():
        torch.nn.Linear(2, 2)
    assert seeded == []
