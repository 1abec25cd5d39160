"""Pictures of several methods at once: performance profiles, critical differences of ranks."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from reports.analysis import Analysis
from reports.figures import Picture, draw, label, legend, panels
from reports.overall import Ranking, Standing
from reports.overall_tables import condition_text
from reports.palette import Style, styles
from reports.records import Condition
from reports.sentences import join

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_profiles(analysis: Analysis) -> tuple[Picture, ...]:
    """Draw the share of runs at or above each accuracy, one figure per data set and condition."""
    places: dict[tuple[str, Condition], list[Standing]] = {}
    for standing in analysis.standings:
        if standing.profile.share:
            places.setdefault((standing.dataset, standing.condition), []).append(standing)
    pictures = []
    for i, ((dataset, condition), standings) in enumerate(places.items()):
        if len(standings) < 2:
            continue
        slug = f"profiles-{i + 1}"
        title = f"Performance profile: {dataset} ({condition_text(condition)})"
        how = (
            "For each test accuracy, the share of a method's runs, over all its settings and "
            "seeds, that reach it; failed runs reach none. Bands are pointwise intervals. A curve "
            "above another everywhere is better at every level."
        )
        most = max(standings, key=lambda s: (_median_level(s), s.method))
        says = (
            f"Half of the runs reach {_median_level(most):.1f} % with {most.method}, the highest "
            "such level here."
        )
        paint = partial(_profile_panel, standings=standings, style=styles(analysis.methods))
        pictures.append(Picture(slug, title, draw(slug, title, f"{how} {says}", paint), how, says))
    return tuple(pictures)


def can_draw_ranks() -> bool:
    """Whether the package that draws critical-difference diagrams is installed."""
    return importlib.util.find_spec("scikit_posthocs") is not None


def draw_critical_differences(analysis: Analysis) -> tuple[Picture, ...]:
    """Draw mean ranks over data sets with Nemenyi's groups, where Friedman's test was made."""
    if not can_draw_ranks():
        return ()
    pictures = []
    for i, ranking in enumerate(r for r in analysis.rankings if r.test is not None):
        slug = f"ranks-{i + 1}"
        title = f"Mean ranks in {ranking.metric.name.lower()} over {ranking.blocks} data sets"
        how = (
            "Better methods stand further left. A bar joins methods that were not told apart, "
            "which is not the same as equal."
        )
        groups = [join(list(clique)) for clique in ranking.cliques]
        says = f"Not told apart: {'; '.join(groups)}." if groups else "All methods were told apart."
        paint = partial(_rank_panel, ranking=ranking, style=styles(analysis.methods))
        pictures.append(Picture(slug, title, draw(slug, title, f"{how} {says}", paint), how, says))
    return tuple(pictures)


def _median_level(standing: Standing) -> float:
    """Return the highest threshold that half of the runs reach."""
    profile = standing.profile
    reached = [
        level
        for level, share in zip(profile.thresholds, profile.share, strict=True)
        if share >= 0.5
    ]
    return max(reached, default=0.0)


def _profile_panel(figure: Figure, standings: Sequence[Standing], style: dict[str, Style]) -> None:
    axis = panels(figure, 1, 1, sharex="all")[0][0]
    figure.set_size_inches(8.5, 3.8)
    label(axis, "all settings and seeds")
    for standing in standings:
        profile, how = standing.profile, style[standing.method]
        shares = [100 * share for share in profile.share]
        axis.step(
            profile.thresholds, shares, where="post", color=how.colour, linewidth=1.8,
            linestyle=(0, how.dashes or ()),
        )  # fmt: skip
        if profile.low:
            low, high = ([100 * v for v in band] for band in (profile.low, profile.high))
            axis.fill_between(
                profile.thresholds, low, high, step="post", color=how.colour, alpha=0.12,
                linewidth=0,
            )  # fmt: skip
    axis.set(xlabel="test accuracy (%)", ylabel="share of runs at or above (%)", ylim=(0, 103))
    legend(figure, style, {s.method: "line" for s in standings})


def _rank_panel(figure: Figure, ranking: Ranking, style: dict[str, Style]) -> None:
    import pandas as pd
    from scikit_posthocs import critical_difference_diagram

    assert ranking.test is not None
    ranks = pd.Series(dict(zip(ranking.methods, ranking.mean_ranks, strict=True)))
    # The diagram joins methods whose p is at least alpha; the critical difference decides.
    apart = (ranks.to_numpy()[:, None] - ranks.to_numpy()[None, :]).__abs__()
    p = pd.DataFrame(
        (apart < ranking.test.critical_difference).astype(float), ranks.index, ranks.index
    )
    figure.set_size_inches(6.5, 1.2 + 0.28 * len(ranks))
    critical_difference_diagram(
        ranks,
        p,
        ax=figure.subplots(),
        color_palette={method: style[method].colour for method in ranking.methods},
        label_fmt_left="{label} {rank:.2f}",
        label_fmt_right="{label} {rank:.2f}",
    )
