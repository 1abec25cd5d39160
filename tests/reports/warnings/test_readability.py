"""Warnings of what bounds accuracy: a noisy last state, embeddings drawn together."""

import pytest

from reports.page.analysis import analyse
from reports.warnings.readability import CloseEmbeddings, LowCeiling


@pytest.fixture
def frames(study):
    runs, epochs = study(methods=("backprop", "noprop-dt"), batch_sizes=(64,), timesteps=(2,))
    return runs.assign(label_readable=1.0, embedding_distance_kept=float("nan")), epochs


def found(frames, plan, kind) -> list[str]:
    return [c.sentence() for c in analyse(*frames, plan).caveats if isinstance(c, kind)]


def test_a_clean_last_state_and_fixed_embeddings_are_no_matter(frames, plan) -> None:
    assert found(frames, plan, LowCeiling) == []
    assert found(frames, plan, CloseEmbeddings) == []


def test_a_last_state_that_cannot_always_be_read_is_warned_of(frames, plan) -> None:
    runs, epochs = frames
    runs.loc[runs["method"] == "noprop-dt", "label_readable"] = 0.9547
    (sentence,) = found((runs, epochs), plan, LowCeiling)
    assert "(noprop-dt)" in sentence
    assert "in 95.47 % of cases at worst" in sentence


def test_embeddings_drawn_together_are_warned_of(frames, plan) -> None:
    runs, epochs = frames
    runs["embedding_distance_kept"] = 0.51
    assert found((runs, epochs), plan, CloseEmbeddings) == []
    runs.loc[runs.index[0], "embedding_distance_kept"] = 0.1
    (sentence,) = found((runs, epochs), plan, CloseEmbeddings)
    assert sentence.startswith("In 1 of ")
    assert "as little as 10 % of" in sentence


def test_a_frame_without_these_columns_has_nothing_against_it(frames, plan) -> None:
    runs, epochs = frames
    bare = runs.drop(columns=["label_readable", "embedding_distance_kept"])
    assert found((bare, epochs), plan, LowCeiling) == []
