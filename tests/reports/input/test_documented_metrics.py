"""The catalogue of metrics in the documentation is that of the code."""

from pathlib import Path

from reports.input.metrics import METRICS, Metric, Shown

DOCS = Path(__file__).parents[3] / "docs" / "statistics.md"


def line(metric: Metric) -> list[str]:
    return [
        metric.name,
        f"`{metric.column}`",
        metric.units.base,
        "higher" if metric.higher_is_better else "lower",
        str(metric.scale),
        f"`{metric.margin.entry}` = {metric.margin.default:g}",
        "yes" if metric.optional else "",
        "yes" if Shown.VERDICT in metric.shown else "",
        f"`{metric.regression.name}`" if metric.regression else "",
    ]


def test_every_metric_has_its_line():
    section = DOCS.read_text("utf-8").partition("## Metrics")[2].partition("\n## ")[0]
    _, _, *rows = [row for row in section.splitlines() if row.startswith("|")]
    assert [[cell.strip() for cell in row.strip("|").split("|")] for row in rows] == [
        line(metric) for metric in METRICS
    ]
