"""No text of a figure is printed over another, and none is cut at the figure's edge."""

from __future__ import annotations

import pytest
from visits import open_all_details

FAULTS = """() => [...document.querySelectorAll('.canvas svg')].flatMap(svg => {
    const boxes = [...svg.querySelectorAll('text')].map(text => [text.textContent,
        text.getBoundingClientRect()]);
    const whole = svg.getBoundingClientRect();
    const name = svg.closest('figure').id;
    const cut = boxes.filter(([, box]) => box.left < whole.left - 1 || box.right > whole.right + 1
        || box.top < whole.top - 1 || box.bottom > whole.bottom + 1);
    const over = boxes.flatMap(([text, box], i) => boxes.slice(i + 1).filter(([, other]) =>
        Math.min(box.right, other.right) - Math.max(box.left, other.left) > 0.5
        && Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top) > 1
    ).map(([other]) => `${name}: ${text} over ${other}`));
    return [...over, ...cut.map(([text]) => `${name}: ${text} is cut`)];
})"""


@pytest.mark.parametrize("which", ["quick", "full"])
def test_no_label_is_printed_over_another_or_cut(opened, which, request):
    page = opened(request.getfixturevalue(which), javascript=False).page
    open_all_details(page)
    assert page.locator(".canvas svg text").count() > 200
    assert page.evaluate(FAULTS) == []


def test_a_label_over_another_is_found(opened, quick, tmp_path):
    def change(html):
        return html.replace(
            "</svg>\n  </div>", '<text x="-9" y="9">a</text><text x="-9" y="9">b</text></svg></div>'
        )

    page = opened(quick.broken(change, tmp_path), javascript=False).page
    open_all_details(page)
    found = page.evaluate(FAULTS)
    assert any(line.endswith(": a over b") for line in found)
    assert any(line.endswith(": a is cut") for line in found)
