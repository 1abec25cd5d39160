"""Options as large or small as a study may have them: a run that diverges at most, and no bug."""

import pytest

EXTREME = {
    "forward-forward": [{"label_value": 1e300}],
    "diffusion-blocks": [
        {"p_mean": -4.0}, {"p_std": 1e9}, {"sigma_max": 1e3}, {"sigma_min": 1e-4},
        {"sigma_data": 1e300}, {"sigma_data": 5e-324},
    ],
    "noprop-dt": [
        {"head": {"probabilities": "radial", "sigma": 1e300}},
        {"head": {"probabilities": "radial", "sigma": 5e-324}},
        {"head": {"scale": 1e300}},
        {"schedule": {"alpha_bar_first": 5e-324, "alpha_bar_last": 0.999999}},
    ],
    "noprop-ct": [{"schedule": {"alpha_bar_first": 5e-324, "hidden": 1}, "steps": 2}],
    "noprop-fm": [{"sigma": 1e300, "steps": 2}],
    "dfa": [{"feedback_scale": 1e6, "units": 2}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("method", "options"), [(m, o) for m, each in EXTREME.items() for o in each], ids=str
)
def test_an_extreme_option_is_no_bug(method, options, study, run_of):
    asked = study(
        methods=[method], baseline=method, seeds=[0], batch_sizes=[8], train_images=16,
        budget={"epochs": 1}, options={"width": 0.02}, method={method: options},
        inference_repeats=1,
    )  # fmt: skip
    [record] = run_of(asked).made
    assert record.status in ("ok", "diverged"), record.failure
