"""What is wider than the window: the page as a whole, and elements that stick out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

# An element inside a container that scrolls or clips sideways may be as wide as it likes; the
# container itself may not. Text may be wider than the box of its element. Half a pixel is rounding.
# What lies wholly to the left is hidden on purpose, as the skip link is.
STICKING_OUT = """
() => {
  const width = document.documentElement.clientWidth;
  const held = element => {
    for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== 'visible') return true;
    }
    return false;
  };
  const texts = element => [...element.childNodes].filter(
    node => node.nodeType === Node.TEXT_NODE && node.data.trim()
      && getComputedStyle(element).overflowX === 'visible'
  ).map(node => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return range.getBoundingClientRect();
  });
  const found = [];
  for (const element of document.body.querySelectorAll('*:not(svg *)')) {
    if (!element.checkVisibility()) continue;
    const boxes = [element.getBoundingClientRect(), ...texts(element)];
    const left = Math.min(...boxes.map(box => box.left));
    const right = Math.max(...boxes.map(box => box.right));
    if (right <= Math.max(left, 0)) continue;
    if (right <= width + 0.5 && left >= -0.5 || held(element)) continue;
    const name = element.id ? '#' + element.id : element.className ? '.' + element.className : '';
    const words = element.textContent.trim().slice(0, 60);
    found.push(`<${element.tagName.toLowerCase()}>${name} from ${Math.round(left)} to `
      + `${Math.round(right)} of ${width}: ${words}`);
  }
  return found;
}
"""


def overflow(page: Page) -> list[str]:
    """Return what is wider than the window, one line each."""
    found: list[str] = page.evaluate(STICKING_OUT)
    width, whole = page.evaluate(
        "[document.documentElement.clientWidth, document.documentElement.scrollWidth]"
    )
    if whole > width:
        found.insert(0, f"the page is {whole} px wide in a window of {width}")
    return found


def tables_that_scroll(page: Page) -> list[str]:
    """Return the tables that are wider than their frame, one line each."""
    found: list[str] = page.locator(".scroll:has(table)").evaluate_all(
        "all => all.filter((each) => each.scrollWidth > each.clientWidth)"
        ".map((each) => `${each.scrollWidth} px: ${each.getAttribute('aria-label')}`)"
    )
    return found
