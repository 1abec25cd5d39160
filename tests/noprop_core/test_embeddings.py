"""Class embeddings, their starts, and the head that reads classes off a state."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from noprop_core.datasets import loading
from noprop_core.datasets.prototypes import central_image, prototypes
from noprop_core.datasets.raw import Labelled
from noprop_core.embeddings import Embedding, EmbeddingConfig
from noprop_core.errors import InvalidSetting
from noprop_core.heads import Head, HeadConfig

KINDS = [
    {"kind": "one-hot"},
    {"kind": "learned"},
    {"kind": "learned", "start": "random"},
    {"kind": "prototype"},
    {"kind": "prototype", "start": "orthogonal"},
]


@pytest.mark.parametrize(
    ("kind", "start"), [("one-hot", "orthogonal"), ("one-hot", "random"), ("learned", "prototype")]
)
def test_a_start_that_its_kind_cannot_have_is_no_configuration(kind, start):
    with pytest.raises(ValidationError, match=f"start '{start}' .*'{kind}'"):
        EmbeddingConfig(kind=kind, start=start)


def embedding_of(task, **options) -> Embedding:
    return Embedding(EmbeddingConfig.model_validate(options), task)


def test_one_hot_is_the_identity_and_not_trained(stripes) -> None:
    embedding = embedding_of(stripes)
    assert torch.equal(embedding.weight_KD, torch.eye(3))
    assert list(embedding.parameters()) == []
    assert embedding.latent_shape == (3,)


@pytest.mark.parametrize(("dimension", "classes"), [(20, 3), (3, 3), (2, 3)])
def test_learned_rows_start_orthonormal_where_there_is_room(stripes, dimension, classes) -> None:
    embedding = embedding_of(stripes, kind="learned", dimension=dimension)
    weight = embedding.weight_KD.detach()
    assert weight.shape == (classes, dimension)
    narrow = weight @ weight.T if dimension >= classes else weight.T @ weight
    torch.testing.assert_close(narrow, torch.eye(len(narrow)), atol=1e-6, rtol=0)


def test_a_random_start_is_standard_normal(stripes) -> None:
    weight = embedding_of(stripes, kind="learned", dimension=4096, start="random").weight_KD
    assert float(weight.detach().mean()) == pytest.approx(0, abs=0.05)
    assert float(weight.detach().std()) == pytest.approx(1, abs=0.05)


def test_prototypes_are_training_images_of_their_class(stripes) -> None:
    embedding = embedding_of(stripes, kind="prototype")
    assert embedding.latent_shape == stripes.image_shape
    images_NP = stripes.normalise(stripes.train.images_NCHW).flatten(1)
    for label, row in enumerate(embedding.weight_KD.detach()):
        found = [i for i, image in enumerate(images_NP) if torch.equal(image, row)]
        assert [int(stripes.train.labels_N[i]) for i in found] == [label]


def test_training_does_not_change_the_prototypes_of_the_task(stripes) -> None:
    before = stripes.class_prototypes.clone()
    with torch.no_grad():
        embedding_of(stripes, kind="prototype").weight_KD.add_(1)
    assert torch.equal(stripes.class_prototypes, before)


@settings(max_examples=30)
@given(st.integers(2, 12), st.integers(0, 100))
def test_the_central_image_has_the_smallest_median_distance_to_the_others(count, seed) -> None:
    pixels_NP = torch.randn(count, 5, generator=torch.Generator().manual_seed(seed))
    medians = []
    for one in range(count):
        others = [float((pixels_NP[one] - pixels_NP[i]).norm()) for i in range(count) if i != one]
        others.sort()
        middle = len(others) // 2
        odd = len(others) % 2
        medians.append(others[middle] if odd else (others[middle - 1] + others[middle]) / 2)
    assert medians[central_image(pixels_NP)] == pytest.approx(min(medians), rel=1e-4)


def test_distances_in_parts_choose_the_same_image(monkeypatch) -> None:
    pixels_NP = torch.randn(50, 7, generator=torch.Generator().manual_seed(0))
    whole = central_image(pixels_NP)
    monkeypatch.setattr("noprop_core.datasets.prototypes.ROWS_AT_ONCE", 8)
    assert central_image(pixels_NP) == whole


def test_a_class_without_image_is_one_clear_line() -> None:
    with pytest.raises(InvalidSetting, match="class 1 has none among the 2 training images"):
        prototypes(torch.ones(2, 3), torch.tensor([0, 2]), 3)


def test_a_class_of_one_image_is_its_own_prototype() -> None:
    pixels_NP = torch.arange(6.0).reshape(2, 3)
    assert torch.equal(prototypes(pixels_NP, torch.tensor([1, 0]), 2), pixels_NP.flip(0))


@pytest.mark.parametrize("options", KINDS, ids=str)
def test_looking_up_mixing_and_nearness_agree(stripes, options) -> None:
    embedding = embedding_of(stripes, **options)
    labels_B = torch.tensor([2, 0, 1])
    u_BD = embedding(labels_B)
    assert torch.equal(u_BD, embedding.weight_KD[labels_B])
    torch.testing.assert_close(embedding.mix(torch.eye(3)[labels_B]), u_BD)
    z_BD = u_BD + 0.01 * torch.randn(u_BD.shape, generator=torch.Generator().manual_seed(0))
    squares = (z_BD.unsqueeze(1) - embedding.weight_KD).square().sum(dim=2)
    got = embedding.closeness(z_BD)
    # Equal up to a term per row: differences between classes are what counts.
    expected = (squares[:, :1] - squares) / 2
    torch.testing.assert_close(got - got[:, :1], expected, rtol=1e-3, atol=1e-3)
    assert got.argmax(dim=1).tolist() == labels_B.tolist()


@pytest.mark.parametrize("options", KINDS, ids=str)
@pytest.mark.parametrize("probabilities", ["softmax", "radial"])
def test_the_head_starts_as_the_classifier_by_nearest_embedding(
    stripes, options, probabilities
) -> None:
    embedding = embedding_of(stripes, **options)
    head = Head(HeadConfig(probabilities=probabilities), embedding)
    noise = torch.randn(200, embedding.dimension, generator=torch.Generator().manual_seed(1))
    z_BD = embedding.weight_KD[torch.arange(200) % 3] + 0.3 * noise
    distances = torch.cdist(z_BD, embedding.weight_KD)
    assert torch.equal(head(z_BD, embedding).argmax(dim=1), distances.argmin(dim=1))


@pytest.mark.parametrize("options", KINDS, ids=str)
def test_half_way_between_two_embeddings_the_head_still_takes_the_nearer(stripes, options) -> None:
    embedding = embedding_of(stripes, **options)
    noise = torch.randn(300, embedding.dimension, generator=torch.Generator().manual_seed(1))
    first, second = torch.arange(300) % 3, (torch.arange(300) + 1) % 3
    z_BD = (embedding.weight_KD[first] + embedding.weight_KD[second]) / 2 + 0.3 * noise
    nearest = torch.cdist(z_BD, embedding.weight_KD).argmin(dim=1)
    logits_BK = Head(HeadConfig(), embedding)(z_BD, embedding)
    assert torch.equal(logits_BK.argmax(dim=1), nearest)


def test_radial_probabilities_are_those_of_eq_15_and_16(stripes) -> None:
    embedding = embedding_of(stripes, kind="learned", dimension=4, start="random").double()
    head = Head(HeadConfig(probabilities="radial", sigma=0.7), embedding).double()
    z_BD = torch.randn(5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    weight_KD = embedding.weight_KD
    sigma = 0.7 * float(weight_KD.detach().square().sum(dim=1).mean()) ** 0.5
    mixture = torch.softmax(head.linear(z_BD), dim=1) @ weight_KD
    exponent = torch.stack(
        [-(mixture - row).square().sum(dim=1) / (2 * sigma**2) for row in weight_KD], dim=1
    )
    expected = exponent.exp() / exponent.exp().sum(dim=1, keepdim=True)
    torch.testing.assert_close(head(z_BD, embedding).softmax(dim=1), expected, rtol=1e-6, atol=0)


def test_the_default_start_is_that_of_a_linear_layer(stripes) -> None:
    embedding = embedding_of(stripes)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        head = Head(HeadConfig(start="default"), embedding)
        torch.manual_seed(3)
        plain = torch.nn.Linear(3, 3)
    assert torch.equal(head.linear.weight, plain.weight)
    assert torch.equal(head.linear.bias, plain.bias)


def test_prototypes_are_found_once_per_task(monkeypatch) -> None:
    calls = []
    monkeypatch.setattr(
        "noprop_core.datasets.task.prototypes", lambda *parts: calls.append(1) or prototypes(*parts)
    )
    images_N1HW = torch.arange(8 * 16, dtype=torch.uint8).reshape(8, 1, 4, 4)
    part = Labelled(images_N1HW, torch.arange(8) % 2)
    task = loading.build_task("few", 2, train=part, validation=part, test=part)
    for _ in range(3):
        embedding_of(task, kind="prototype")
    assert calls == [1]
