"""Controls of the chain: votes, averages, and how probabilities are scored."""

import pytest
import torch

from noprop_core.chain_controls import CHAINS, Average, majority
from noprop_core.evaluation import accuracies


def test_the_majority_wins_and_ties_go_to_the_more_confident() -> None:
    sure, unsure = [5.0, 0.0, 0.0], [0.0, 0.1, 0.0]
    assert majority([torch.tensor([v]) for v in (sure, unsure, unsure)]).tolist() == [1]
    assert majority([torch.tensor([v]) for v in (sure, unsure)]).tolist() == [0]


def test_an_average_is_the_mean_of_what_was_added() -> None:
    average = Average()
    for value in (1.0, 2.0, 6.0):
        average.add(torch.full((2, 3), value))
    assert torch.equal(average.mean, torch.full((2, 3), 3.0))


def test_probabilities_are_scored_by_that_of_the_true_class(make, stripes, monkeypatch) -> None:
    method = make("classifier")
    monkeypatch.setattr(
        method,
        "controls",
        lambda encoded, generator: {
            "by chance": torch.full((len(encoded), 3), 1 / 3),
            "class 0": torch.zeros(len(encoded), dtype=torch.int64),
        },
    )
    generators = [torch.Generator()]
    _, controls = accuracies(method, stripes, stripes.test, generators, generators)
    assert controls["by chance"] == (pytest.approx(1 / 3),)
    assert controls["class 0"] == (pytest.approx(1 / 3),)


def test_averages_over_chains_are_recorded_once_and_parts_once_a_repeat(make, stripes) -> None:
    def noise() -> list[torch.Generator]:
        return [torch.Generator().manual_seed(seed) for seed in range(3)]

    repeats, controls = accuracies(make("noprop-dt"), stripes, stripes.test, noise(), noise())
    assert len(repeats) == 3
    counts = {name: len(values) for name, values in controls.items()}
    assert counts.pop(f"majority of {CHAINS} chains") == 1
    assert counts.pop(f"mean of blocks over {CHAINS} chains") == 1
    assert counts.pop("expected p_y of the first block") == 1
    assert set(counts.values()) == {3}


@pytest.mark.parametrize("name", ["noprop-dt", "backprop"])
def test_the_majority_is_that_of_predictions_drawn_one_by_one(make, batch, name) -> None:
    method = make(name)
    method.network.eval()
    with torch.no_grad():
        for t in range(1, method.timesteps + 1):  # so that what is said depends on the noise
            method.block(t).joined[-1].weight.mul_(30)
        encoded = method.encode(batch[0])
        controls = method.controls_once(encoded, torch.Generator().manual_seed(0))
        noise = torch.Generator().manual_seed(0)
        draws = [method.predict(encoded, noise) for _ in range(CHAINS)]
    assert any((draw != draws[0]).any() for draw in draws), "nothing to vote on"
    (said,) = [value for control, value in controls.items() if control.startswith("majority")]
    votes_BK = sum(torch.nn.functional.one_hot(draw, 3) for draw in draws)
    assert torch.equal(votes_BK.gather(1, said.unsqueeze(1))[:, 0], votes_BK.amax(dim=1))


def test_noprop_dt_tells_drawing_from_knowing(make, batch) -> None:
    dt = make("noprop-dt")
    dt.network.eval()
    encoded = dt.encode(batch[0])
    parts = dt.controls(encoded, torch.Generator().manual_seed(0))
    assert {"mean of Eq. 3 only", "first block alone", "ensemble of blocks"} <= set(parts)
    controls = dt.controls_once(encoded, torch.Generator().manual_seed(0))
    assert set(controls) == {
        f"majority of {CHAINS} chains",
        f"mean of blocks over {CHAINS} chains",
        "expected p_y of the first block",
    }
    expected_BK = controls["expected p_y of the first block"]
    torch.testing.assert_close(expected_BK.sum(dim=1), torch.ones(24))


def test_backprop_has_no_control_that_its_blocks_were_not_trained_for(make, batch) -> None:
    backprop = make("backprop")
    backprop.network.eval()
    encoded = backprop.encode(batch[0])
    assert backprop.controls(encoded, torch.Generator()) == {}
    controls = backprop.controls_once(encoded, torch.Generator().manual_seed(0))
    assert set(controls) == {
        "chain from z_0 = 0",
        f"majority of {CHAINS} draws of z_0",
        f"mean over {CHAINS} draws of z_0",
    }
    backprop.pure_noise = lambda batch, generator: torch.zeros(batch, 3)
    for said in controls.values():
        assert said.shape == (24,)
    from_zero = backprop.predict(encoded, torch.Generator())
    assert torch.equal(controls["chain from z_0 = 0"], from_zero)


@pytest.mark.parametrize("kind", ["one-hot", "learned", "prototype"])
@pytest.mark.parametrize("name", ["noprop-dt", "noprop-ct"])
def test_what_can_be_read_off_both_ends_of_the_chain_is_recorded(make, name, kind) -> None:
    facts = make(name, embedding={"kind": kind}).facts()
    assert facts["padding"] == "same"
    assert facts["label readable from z_T"] > 0.98
    assert facts["label readable from z_0"] <= 1 / 3 + 0.011 + (name == "noprop-ct") * 0.01
    assert ("smallest embedding distance" in facts) == (kind != "one-hot")


def test_a_low_ceiling_is_seen(make) -> None:
    facts = make("noprop-dt", schedule={"alpha_bar_last": 0.5}).facts()
    assert 0.5 < facts["label readable from z_T"] < 0.8


def test_embeddings_that_fall_together_are_seen(make) -> None:
    dt = make("noprop-dt", embedding={"kind": "learned"})
    with torch.no_grad():
        dt.network.embedding.weight_KD[1] = dt.network.embedding.weight_KD[0]
    facts = dt.facts()
    assert facts["smallest embedding distance at the start"] == pytest.approx(2**0.5, rel=1e-5)
    assert facts["smallest embedding distance"] == pytest.approx(0, abs=1e-6)
