"""What axe-core finds wrong with a page, in lines that say where and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

TAGS = (
    "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice",
)  # fmt: skip
MOST_PLACES = 5


def violations(page: Page) -> list[str]:
    """Return every violation with the first few places where it was found."""
    from axe_playwright_python.sync_playwright import Axe

    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response
    assert found["passes"], "axe-core has tested nothing"
    return [_lines(violation) for violation in found["violations"]]


def _lines(violation: dict) -> str:
    nodes = violation["nodes"]
    places = [
        f"  {' '.join(map(str, node['target']))}\n    {node['html'][:200]}\n"
        f"    {node['failureSummary'].replace(chr(10), ' ')}"
        for node in nodes[:MOST_PLACES]
    ]
    head = f"{violation['id']} ({violation['impact']}), {len(nodes)} places: {violation['help']}"
    return "\n".join([head, *places])
