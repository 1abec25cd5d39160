"""Rows on the claims: a verdict for each, and the evidence it rests on."""

from collections.abc import Iterator

from reports.claims.words import UNITS_OF, beside_words, claim_says, finding
from reports.page.analysis import Analysis
from reports.page.row import Row


def rows_of_claims(analysis: Analysis, *, sentences: bool) -> Iterator[Row]:
    """List every claim, and every piece of its evidence, what decides first."""
    for claimed in analysis.claims:
        yield Row(
            kind="claim", metric=str(claimed.claim), unit="", dataset="", device="",
            torch_version="", budget="", batch_size=None, timesteps=None, over="", method="",
            against="", point=None, low=None, high=None, n=len(claimed.deciding),
            estimate="pieces of evidence that decide", verdict=str(claimed.outcome),
            sentence=claim_says(claimed) if sentences else "",
        )  # fmt: skip
        for each in claimed.evidence:
            estimate, (dataset, condition) = each.paired.effect, each.place
            yield Row(
                kind="evidence", metric=str(each.measure), unit=UNITS_OF[each.measure],
                dataset=dataset, device=condition.device, torch_version=condition.torch_version,
                budget=condition.budget, execution=condition.execution,
                batch_size=each.batch_size, timesteps=None, over="T", method=each.method,
                against=each.against, point=estimate.point, low=estimate.low, high=estimate.high,
                n=estimate.n, estimate=estimate.method, margin=each.paired.margin,
                p=each.paired.tests.p if each.paired.tests else None, p_holm=each.p,
                verdict=f"{each.claim}: {each.says}" if each.decides else "",
                reason="" if each.decides else f"{each.claim}, beside: {beside_words(each)}",
                sentence=finding(each) if sentences else "",
            )  # fmt: skip
