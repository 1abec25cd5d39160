"""The published numbers that a report puts beside ours."""

import csv
from pathlib import Path

from bench.report_names import published_results

FACTS = Path(__file__).parents[1] / "noprop_core" / "facts" / "parameters.csv"
FAMILIES = {
    "backprop": "discrete",
    "noprop-dt": "discrete",
    "noprop-ct": "continuous",
    "noprop-fm": "continuous",
}


def test_parameters_are_those_that_our_networks_are_held_to() -> None:
    with FACTS.open(encoding="utf-8") as file:
        counts = {
            (row["family"], row["embedding"].replace("dim20", "learned"), row["dataset"]): float(
                row["published_parameters_millions"]
            )
            for row in csv.DictReader(file)
        }
    for (method, embedding, dataset), row in published_results().items():
        expected = counts.get((FAMILIES.get(method, ""), embedding, dataset))
        assert row.network_millions == expected, (method, embedding, dataset)


def test_a_spread_comes_with_the_number_of_runs() -> None:
    published = published_results()
    assert all((row.spread is None) == (row.runs is None) for row in published.values())
