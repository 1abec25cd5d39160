"""What those need who do not see the page, or use no mouse: names, captions, order, targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

OUTLINE_FAULTS = r"""
() => {
  const faults = [];
  const say = (what, element) => faults.push(`${what}: ${element.outerHTML.slice(0, 120)}`);
  const words = element => element ? element.textContent.trim() : '';
  const named = element => {
    const ids = (element.getAttribute('aria-labelledby') || '').split(/\s+/).filter(Boolean);
    return (element.getAttribute('aria-label') || '').trim()
      || ids.map(id => words(document.getElementById(id))).join(' ').trim()
      || words(element.querySelector(':scope > title'));
  };
  const hidden = element => element.closest('[aria-hidden="true"]') !== null;
  for (const svg of document.querySelectorAll('svg')) {
    if (hidden(svg) || svg.parentElement.closest('svg')) continue;
    if (svg.getAttribute('role') !== 'img' || !named(svg)) say('picture without words', svg);
  }
  for (const figure of document.querySelectorAll('figure')) {
    if (!words(figure.querySelector('figcaption')) && !named(figure)) {
      say('figure without a caption', figure);
    }
  }
  for (const table of document.querySelectorAll('table')) {
    if (!words(table.caption)) say('table without a caption', table);
    if (!table.querySelector('th')) say('table without headings', table);
  }
  let level = 0;
  for (const heading of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) say(`heading of level ${own} after level ${level}`, heading);
    level = own;
    if (!words(heading)) say('empty heading', heading);
  }
  const tops = document.querySelectorAll('h1').length;
  if (tops !== 1) faults.push(`${tops} headings of level 1`);
  for (const link of document.querySelectorAll('a[href^="#"], use')) {
    const href = link.getAttribute('href') || link.getAttribute('xlink:href') || '';
    if (!document.getElementById(decodeURIComponent(href.slice(1)))) say('link to nowhere', link);
  }
  const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
  const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
  if (twice.length) faults.push(`ids that are not unique: ${twice.slice(0, 5)}`);
  return faults;
}
"""


def outline_faults(page: Page) -> list[str]:
    """Return what is missing or out of order in the page's structure, one line each."""
    found: list[str] = page.evaluate(OUTLINE_FAULTS)
    return found
