"""A page opened as a reader would, with everything that the browser says about it kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 375, "height": 812}
A4 = {"width": 794, "height": 1123}
OWN_SCHEMES = ("file:", "data:", "blob:")


@dataclass
class Visit:
    """One page in a context of its own: console, errors, requests and dialogs since it opened."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    @property
    def requests_elsewhere(self) -> list[str]:
        """Requests that would leave the machine."""
        return [url for url in self.requests if not url.startswith(OWN_SCHEMES)]


def visit(
    browser: Browser,
    path: Path,
    *,
    scheme: Literal["light", "dark"] = "light",
    viewport: dict[str, int] = DESKTOP,
    javascript: bool = True,
) -> Visit:
    """Open the file at `path` and wait until it is loaded."""
    context = browser.new_context(
        color_scheme=scheme, viewport=viewport, java_script_enabled=javascript
    )
    # Nothing here can take long; what does is broken, and should say so soon.
    context.set_default_timeout(20_000)
    page = context.new_page()
    seen = Visit(context, page)
    page.on("console", lambda message: _keep_complaint(seen, message))
    page.on("pageerror", lambda error: seen.complaints.append(f"error: {error}"))
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("dialog", lambda dialog: (seen.dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(path.as_uri(), wait_until="load")
    return seen


def _keep_complaint(seen: Visit, message: object) -> None:
    if message.type in {"error", "warning"}:  # type: ignore[attr-defined]
        seen.complaints.append(f"{message.type}: {message.text}")  # type: ignore[attr-defined]


def open_all_details(page: Page) -> None:
    """Unfold everything that can be unfolded, so that all of the page is looked at."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
