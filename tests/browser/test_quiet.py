"""The page opens in silence: no message on the console, no error, and nothing asked of anyone."""

from __future__ import annotations

import pytest

WAYS = [
    pytest.param({"scheme": "light"}, id="light"),
    pytest.param({"scheme": "dark"}, id="dark"),
    pytest.param({"javascript": False}, id="no-javascript"),
]


@pytest.mark.parametrize("how", WAYS)
def test_the_page_opens_without_a_complaint_or_a_request(opened, any_page, how):
    seen = opened(any_page, **how)
    seen.page.wait_for_timeout(200)  # for what a script would do a moment later
    assert seen.complaints == []
    assert seen.requests[0] == any_page.path.as_uri()
    assert seen.requests_elsewhere == []
    assert seen.dialogs == []


@pytest.mark.parametrize(
    ("added", "where"),
    [
        ("<img src='https://example.org/a.png' alt=''>", "requests_elsewhere"),
        ("<img src='https://example.org/a.png' alt=''>", "complaints"),
        ("<script>console.error('wrong')</script>", "complaints"),
        ("<script>console.warn('odd')</script>", "complaints"),
        ("<script>throw new Error('a bug')</script>", "complaints"),
        ("<script>alert(1)</script>", "dialogs"),
    ],
)
def test_what_is_not_quiet_is_heard(opened, full, tmp_path, added, where):
    def change(html):
        # The page's own policy would stop most of this; a page without one must be heard too.
        return html.replace("http-equiv=", "name=").replace("</body>", f"{added}</body>")

    seen = opened(full.broken(change, tmp_path))
    assert getattr(seen, where)
