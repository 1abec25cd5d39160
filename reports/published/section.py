"""The section with published results."""

from collections.abc import Sequence

from reports.display.view import Section, present
from reports.published.estimates import BesideOurs
from reports.published.table import paper_table


def published_section(beside: Sequence[BesideOurs]) -> Section:
    """Show published results beside ours."""
    return Section("paper", "Published results and ours", tables=present(paper_table(beside)))
