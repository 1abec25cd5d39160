"""Several methods at once: performance profiles, critical differences of ranks."""

import importlib.util
from collections.abc import Iterable

from reports.display.facet import facets
from reports.display.limits import MOST_BANDS, MOST_PLACES
from reports.display.picture import (
    Axis,
    Line,
    Panel,
    Picture,
    Plot,
    Ranks,
)
from reports.display.selection import Selection
from reports.display.setting import Place, titled
from reports.display.words import join
from reports.input.context import Context
from reports.standings.estimates import Ranking, Standing


def profile_pictures(
    context: Context, standings: Iterable[Standing], selection: Selection
) -> tuple[Picture, ...]:
    """Draw the share of runs at or above each accuracy, one figure per data set and condition."""
    places: dict[Place, list[Standing]] = {}
    for standing in standings:
        if standing.profile.share and standing.method in selection.methods:
            places.setdefault((standing.dataset, standing.condition), []).append(standing)
    pictures = []
    for i, (place, here) in enumerate(list(places.items())[:MOST_PLACES]):
        if len(here) < 2:
            continue
        most = max(here, key=lambda s: (_median_level(s), s.method))
        pictures.append(
            Picture(
                slug=f"profiles-{i + 1}",
                title=titled("Performance profile", place, context),
                plot=Plot(
                    (
                        (
                            Panel(
                                "all settings and seeds",
                                tuple(_line(s, bands=len(here) <= MOST_BANDS) for s in here),
                            ),
                        ),
                    ),
                    Axis(f"{here[0].metric.name.lower()} (%)"),
                    Axis("share of runs at or above (%)", from_zero=True),
                ),
                how_to_read=f"For each level of {here[0].metric.name.lower()}, the share of a "
                "method's runs, over all its settings and seeds, that reach it; failed runs reach "
                "none. Bands, where there are few methods, are pointwise intervals. A curve above "
                "another everywhere is better at every level."
                f"{selection.note}",
                what_it_says=f"Half of the runs reach {_median_level(most):.1f} % with "
                f"{most.method}, the highest such level here.",
                facets=facets(dataset=place[0]),
            )
        )
    return tuple(pictures)


def can_draw_ranks() -> bool:
    """Whether the package that draws critical-difference diagrams is installed."""
    return importlib.util.find_spec("scikit_posthocs") is not None


def rank_pictures(rankings: Iterable[Ranking]) -> tuple[Picture, ...]:
    """Draw mean ranks over data sets with Nemenyi's groups, where Friedman's test was made."""
    if not can_draw_ranks():
        return ()
    pictures = []
    for i, ranking in enumerate(r for r in rankings if r.test is not None):
        assert ranking.test is not None
        groups = [join(list(clique)) for clique in ranking.cliques]
        ranks = Ranks(ranking.methods, ranking.mean_ranks, ranking.test.critical_difference)
        pictures.append(
            Picture(
                slug=f"ranks-{i + 1}",
                title=f"Mean ranks in {ranking.metric.name.lower()} over {ranking.blocks} data "
                "sets",
                plot=Plot(((Panel("", (ranks,)),),), Axis("mean rank"), Axis("")),
                how_to_read="Better methods stand further left. A bar joins methods that were not "
                "told apart, which is not the same as equal.",
                what_it_says=f"Not told apart: {'; '.join(groups)}."
                if groups
                else "All methods were told apart.",
            )
        )
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


def _line(standing: Standing, *, bands: bool) -> Line:
    profile = standing.profile
    none = (None,) * len(profile.share)
    return Line(
        method=standing.method,
        x=tuple(profile.thresholds),
        y=tuple(100 * share for share in profile.share),
        low=tuple(100 * v for v in profile.low) if profile.low and bands else none,
        high=tuple(100 * v for v in profile.high) if profile.high and bands else none,
        band=True,
        stepped=True,
    )
