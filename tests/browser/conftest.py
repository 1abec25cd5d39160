"""One Chromium for all tests here, a context of its own for every page that a test opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import chromium
import pages
import pytest
from pages import Written
from visits import Visit, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, where there is no browser to open a page in."""
    missing = chromium.what_is_missing()
    if missing is None:
        return
    for item in items:
        if HERE in item.path.parents and "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason=missing))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium.path(), args=chromium.arguments()
        )
        yield started
        started.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Open pages, and close them after the test."""
    visits: list[Visit] = []

    def open_page(page: Written | Path, **how: Any) -> Visit:
        path = page.path if isinstance(page, Written) else page
        visits.append(visit(browser, path, **how))
        return visits[-1]

    yield open_page
    for each in visits:
        each.context.close()


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Return the page with every section on it; nobody may write there."""
    return pages.full_page(tmp_path_factory.mktemp("full"))


@pytest.fixture(scope="session")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Return the page of a study as large as `quick`; nobody may write there."""
    return pages.quick_page(tmp_path_factory.mktemp("quick"))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Return the page with hostile names; nobody may write there."""
    return pages.hostile_page(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(params=["full", "hostile"])
def any_page(request: pytest.FixtureRequest) -> Written:
    """Return every page in turn."""
    return request.getfixturevalue(request.param)
