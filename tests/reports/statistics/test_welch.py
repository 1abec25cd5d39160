"""The difference from a published mean, against scipy on values that have that mean and spread."""

import pytest
from scipy import stats

from reports.statistics.estimate import Gap
from reports.statistics.welch import difference_from


@pytest.mark.parametrize("ours", [[97.0, 97.4, 98.1, 96.9], [5.0, 9.0, 9.0]])
@pytest.mark.parametrize(("mean", "spread"), [(96.0, 0.3), (97.4, 2.0)])
def test_it_is_welch_s_interval(ours, mean, spread) -> None:
    theirs = [mean - spread, mean, mean + spread]  # three values of that mean and spread
    found = difference_from(ours, mean, spread, 3, confidence=0.9)
    expected = stats.ttest_ind(ours, theirs, equal_var=False).confidence_interval(0.9)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-9)
    assert found.point == pytest.approx(sum(ours) / len(ours) - mean)


def test_few_values_and_no_spread_have_no_interval() -> None:
    assert difference_from([1.0, 2.0], 1.0, 0.1, 3).gap == Gap.TOO_FEW
    assert difference_from([2.0, 2.0, 2.0], 1.0, 0.0, 3).gap == Gap.NO_SPREAD
    assert difference_from([], 1.0, 0.1, 3).gap == Gap.NO_VALUES


@pytest.mark.parametrize(("spread", "n"), [(-1.0, 3), (0.5, 1)])
def test_a_spread_that_says_nothing_is_refused(spread, n) -> None:
    with pytest.raises(ValueError, match="says nothing"):
        difference_from([1.0, 2.0, 3.0], 1.0, spread, n)
