"""`local-predsim` and `cafo` against plain references."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from noprop_core.datasets.loading import build_task
from noprop_core.datasets.raw import Labelled
from noprop_core.errors import InvalidSetting
from noprop_core.methods.local_predsim import TINY, similarity


def cosine(rows: torch.Tensor) -> torch.Tensor:
    """Return the cosine of every pair of rows around their own means, one by one."""
    count = len(rows)
    found = torch.empty(count, count, dtype=rows.dtype)
    for i in range(count):
        for j in range(count):
            a, b = rows[i] - rows[i].mean(), rows[j] - rows[j].mean()
            found[i, j] = (a @ b) / ((a.norm() + TINY) * (b.norm() + TINY))
    return found


def test_similarity_is_the_cosine_around_each_image_s_mean() -> None:
    rows = torch.randn(5, 7, dtype=torch.float64)
    torch.testing.assert_close(similarity(rows), cosine(rows), rtol=1e-9, atol=1e-12)


def test_maps_count_by_the_deviation_of_each_channel_unless_they_are_few_or_small() -> None:
    maps = torch.randn(5, 6, 4, 4, dtype=torch.float64)
    expected = cosine(maps.flatten(2).std(dim=2))
    torch.testing.assert_close(similarity(maps), expected, rtol=1e-6, atol=1e-7)
    for few in (maps[:, :3], maps[..., :1, :1]):
        torch.testing.assert_close(similarity(few), cosine(few.flatten(1)), rtol=1e-6, atol=1e-7)


def test_predsim_is_the_weighted_sum_of_both_losses(make, batch) -> None:
    method, twin = (make("local-predsim", beta=0.9, classifier_start="default") for _ in "ab")
    for m in (method, twin):
        m.network.double().eval()
    x_BCHW, y_B = batch[0].double(), batch[1]
    losses = list(method.layer_losses(x_BCHW, y_B))
    x, labels = x_BCHW, cosine(torch.eye(3, dtype=torch.float64)[y_B])
    for layer, loss in zip(twin.network, losses, strict=True):
        a = layer.activity(x)
        seen = layer.similarity(a)
        rows = seen.flatten(2).std(dim=2) if seen.ndim == 4 else seen
        likeness = ((cosine(rows) - labels) ** 2).mean()
        expected = 0.1 * cross_entropy(layer.classifier(a), y_B) + 0.9 * likeness
        torch.testing.assert_close(loss, expected, rtol=1e-9, atol=1e-12)
        weights = [*layer.activity.parameters(), *layer.similarity.parameters()]
        want = torch.autograd.grad(expected, weights)
        x = layer.onward(a.detach())
        for w, gradient in zip(weights, want, strict=True):
            w.grad = gradient
    for loss in losses:
        loss.backward()
    for got, want in zip(method.network.parameters(), twin.network.parameters(), strict=True):
        if want.grad is not None:
            torch.testing.assert_close(got.grad, want.grad, rtol=1e-7, atol=1e-12)


def test_predsim_s_layers_start_as_those_of_local_pred(make) -> None:
    pair = [dict(make(name).network.named_parameters()) for name in ("local-predsim", "local-pred")]
    assert set(pair[1]) < set(pair[0])
    assert all(torch.equal(pair[0][name], value) for name, value in pair[1].items())
    assert {name for name in pair[0] if "similarity" in name} == set(pair[0]) - set(pair[1])


def test_cafo_s_predictors_learn_from_fixed_features(make, batch) -> None:
    cafo, twin = make("cafo"), make("cafo")
    before = [p.clone() for p in cafo.network.parameters() if not p.requires_grad]
    assert len(before) == 6
    cafo.train_step(*batch)
    after = [p for p in cafo.network.parameters() if not p.requires_grad]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    x = batch[0]
    for mine, block in zip(cafo.network, twin.network, strict=True):
        convolution = block.features[0]
        x = torch.nn.functional.conv2d(x, convolution.weight, convolution.bias, padding=1)
        x = torch.nn.functional.max_pool2d(x.relu(), 2)
        mean = x.mean(dim=(0, 2, 3), keepdim=True)
        spread = x.var(dim=(0, 2, 3), keepdim=True, correction=0)
        x = (x - mean) / (spread + 1e-4).sqrt()
        loss = cross_entropy(x.flatten(1) @ block.predictor.weight.T, batch[1])
        (want,) = torch.autograd.grad(loss, block.predictor.weight)
        torch.testing.assert_close(mine.predictor.weight.grad, want, rtol=1e-3, atol=1e-6)


def test_cafo_predicts_by_the_sum_of_probabilities(make, batch) -> None:
    cafo = make("cafo")
    cafo.network.eval()
    said = torch.stack([logits.softmax(dim=1) for logits in cafo.said(batch[0])]).sum(dim=0)
    got = cafo.predict(cafo.encode(batch[0]), torch.Generator())
    assert torch.equal(got, said.argmax(dim=1))


def test_cafo_refuses_an_image_that_pooling_would_use_up(make) -> None:
    small = Labelled(torch.zeros(4, 1, 7, 12, dtype=torch.uint8), torch.arange(4) % 3)
    task = build_task("small", 3, train=small, validation=small, test=small)
    with pytest.raises(InvalidSetting, match="3 times; images of 7x12 pixels allow depth 2"):
        make("cafo", task=task)
    assert len(make("cafo", task=task, depth=2).blocks()) == 2
