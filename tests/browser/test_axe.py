"""axe-core finds nothing wrong: WCAG 2.2 up to level AA, and best practice."""

from __future__ import annotations

import pytest
from axe_violations import violations
from visits import DESKTOP, PHONE, open_all_details


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_no_violation(opened, full, scheme, viewport):
    page = opened(full, scheme=scheme, viewport=viewport).page
    open_all_details(page)
    found = violations(page)
    assert not found, "\n\n".join(found)


def test_axe_finds_no_violation_among_hostile_names(opened, hostile):
    page = opened(hostile, scheme="dark", viewport=PHONE).page
    open_all_details(page)
    found = violations(page)
    assert not found, "\n\n".join(found)


@pytest.mark.parametrize(
    ("added", "rule"),
    [
        ("<p style='color:#999;background:#fff'>hard to read</p>", "color-contrast"),
        ("<img src='data:,'>", "image-alt"),
        ("<select><option>1</option></select>", "select-name"),
        ("<h6>too deep</h6>", "heading-order"),
        ("<a href='#' style='display:block'></a>", "link-name"),
        ("<p>outside of everything</p>", "region"),
    ],
)
def test_axe_finds_what_is_wrong(opened, full, tmp_path, added, rule):
    def change(html):
        start, end = html.index("<main"), html.index("</main>")
        return html[: html.index(">", start) + 1] + html[end:].replace("</body>", f"{added}</body>")

    found = violations(opened(full.broken(change, tmp_path)).page)
    assert any(line.startswith(f"{rule} ") for line in found), found
