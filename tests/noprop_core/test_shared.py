"""The original pair: the same gradient by two roads, and MLPs that know nothing of each other."""

import torch

from noprop_core.training import train_epoch


def test_both_methods_end_at_the_same_weights(make, stripes) -> None:
    methods = [make("noprop-shared"), make("joint-shared")]
    for method in methods:
        order = torch.Generator().manual_seed(0)
        for _ in range(3):
            train_epoch(method, method.stages, stripes, stripes.epoch_indices(16, order))
    pairs = zip(*(m.network.parameters() for m in methods), strict=True)
    for first, second in pairs:
        torch.testing.assert_close(first, second, rtol=1e-4, atol=1e-5)


def test_a_loss_reaches_its_own_mlp_alone(make, batch) -> None:
    method = make("noprop-shared", timesteps=4)
    u_BK, z_TBK = method.noised_labels(batch[1])
    h_BF = method.network.cnn(batch[0]).detach()
    for t in range(4):
        method.network.zero_grad()
        method.losses(h_BF, u_BK, z_TBK)[t].backward()
        for parameter in method.network.mlps.parameters():
            reached = [row for row in range(4) if float(parameter.grad[row].abs().sum()) > 0]
            assert reached == [t]


def test_no_mlp_graph_reaches_the_cnn(make, batch, monkeypatch) -> None:
    method = make("noprop-shared")
    seen = []
    losses = method.losses
    monkeypatch.setattr(
        method, "losses", lambda h_BF, *rest: seen.append(h_BF) or losses(h_BF, *rest)
    )
    method.train_step(*batch)
    assert seen[0].is_leaf


def test_one_mlp_alone_gives_what_all_side_by_side_give(make, batch) -> None:
    method = make("noprop-shared", timesteps=4)
    _, z_TBK = method.noised_labels(batch[1])
    h_BF = method.encode(batch[0])
    together_TBK = method.network.mlps(h_BF, z_TBK)
    for t in range(1, 5):
        alone_BK = method.network.mlps.one(t, h_BF, z_TBK[t - 1])
        torch.testing.assert_close(alone_BK, together_TBK[t - 1], rtol=1e-5, atol=1e-6)


def test_pooling_before_relu_changes_neither_values_nor_gradients(make, batch) -> None:
    method = make("noprop-shared")
    conv, pool, *_ = method.network.cnn
    results = []
    for layers in ((pool, torch.nn.ReLU()), (torch.nn.ReLU(), pool)):
        conv.zero_grad()
        out = torch.nn.Sequential(conv, *layers)(batch[0])
        (out * torch.arange(out.numel()).reshape(out.shape).remainder(7)).sum().backward()
        results.append((out.detach(), conv.weight.grad.clone()))
    assert torch.equal(results[0][0], results[1][0])
    torch.testing.assert_close(results[0][1], results[1][1])


def test_training_noise_has_the_levels_of_the_sampler(make, stripes) -> None:
    method = make("joint-shared", timesteps=3)
    y_B = torch.zeros(20_000, dtype=torch.int64)
    _, z_TBK = method.noised_labels(y_B)
    for t in range(3):
        expected = torch.tensor([method.schedule.signal(t), 0.0, 0.0])
        torch.testing.assert_close(z_TBK[t].mean(dim=0), expected, rtol=0, atol=0.05)
        spread = torch.full((3,), method.schedule.noise(t))
        torch.testing.assert_close(z_TBK[t].std(dim=0), spread, rtol=0.05, atol=0)
