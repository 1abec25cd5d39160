"""The chain with perfect blocks: what sampling costs, whatever is trained."""

import re
from pathlib import Path

import pytest
import torch

from noprop_core.perfect_blocks import ROWS, TIMESTEPS, PerfectChain, accuracies, clouds

PAGE = (Path(__file__).parents[2] / "docs" / "chain.md").read_text(encoding="utf-8")
IMAGES = 6_000


@pytest.fixture(scope="module")
def found() -> dict[int, dict[str, float]]:
    return {steps: accuracies(steps, IMAGES) for steps in (1, 4, 10, 100)}


def test_a_perfect_block_is_the_posterior_by_bayes_rule() -> None:
    log_p_NK, _ = clouds(50)
    chain = PerfectChain(4)
    z_NK = torch.randn(50, 10, generator=torch.Generator().manual_seed(0))
    for t in range(1, 5):
        level = float(chain.schedule.alpha_bar[t - 1])
        distance_NK = (z_NK.unsqueeze(1) - level**0.5 * torch.eye(10)).square().sum(dim=2)
        expected_NK = (log_p_NK - distance_NK / (2 * (1 - level))).softmax(dim=1)
        got_NK = chain.block(t).logits(log_p_NK, z_NK).softmax(dim=1)
        torch.testing.assert_close(got_NK, expected_NK, rtol=1e-3, atol=1e-6)


def test_the_chain_falls_from_the_best_class_to_a_draw_as_t_grows(found) -> None:
    best, draw = found[1]["most probable class"], found[1]["one draw from the posterior"]
    sampled = [found[steps]["sampler (Eq. 3)"] for steps in (1, 4, 10, 100)]
    assert sampled[0] == pytest.approx(best, abs=0.7)
    assert sampled[-1] == pytest.approx(draw, abs=1.5)
    assert sampled[0] - sampled[1] > 2
    assert sampled[0] - sampled[-1] > 4
    assert best - draw > 5


def test_the_ode_loses_as_much(found) -> None:
    for steps in (4, 10, 100):
        assert found[steps]["probability-flow ODE"] < found[steps]["most probable class"] - 4


def test_many_chains_or_none_at_all_restore_the_best_class(found) -> None:
    for steps, row in found.items():
        best = row["most probable class"]
        assert row["majority of 15 chains"] == pytest.approx(best, abs=1.2), steps
        assert row["mean of blocks over 15 chains"] == pytest.approx(best, abs=0.7)
        assert row["first block alone"] == pytest.approx(best, abs=0.3)
        assert row["mean of Eq. 3 only"] == pytest.approx(best, abs=0.5)
        expected = row["one draw from the posterior"]
        assert row["expected p_y of the first block"] == pytest.approx(expected, abs=0.2)


def test_the_page_shows_what_the_experiment_gives(found) -> None:
    rows = dict(re.findall(r"^\| ([^|]+?) \| ([\d.| ]+) \|$", PAGE, re.MULTILINE))
    assert set(ROWS) <= set(rows)
    for name in ROWS:
        shown = dict(zip(TIMESTEPS, map(float, rows[name].split(" | ")), strict=True))
        for steps, row in found.items():
            # Three standard errors of a share of 6,000 points.
            assert shown[steps] == pytest.approx(row[name], abs=1.7), (name, steps)
