"""A site of reports: what `bench.gallery` does."""

from pathlib import Path

from bench.command import say
from bench.report_files import save
from bench.report_names import BORDER
from bench.reporting import analysed_in, study_folders
from reports.formats.formats import render_as
from reports.page.index import index_view, render_index, study_card

PAGE = "index.html"
"""What a web server shows for a folder."""


def write_gallery(results: Path, site: Path, title: str) -> int:
    """Write `site/STUDY/index.html` for every study in `results`, then `site/index.html`.

    Every page is written whole or not at all, and the index last: its links always lead somewhere.
    What else lies in `site` stays. Raises `UserError` where there are no records.
    """
    cards = []
    for folder in study_folders(results):
        report, analysis = analysed_in(folder)
        html = render_as("html", report)
        name = folder.resolve().name
        save(html, site / name / PAGE)
        say(site / name / PAGE)
        cards.append(study_card(analysis, f"{name}/{PAGE}"))
    # Without this file GitHub Pages leaves out every name that begins with an underscore.
    save("", site / ".nojekyll")
    save(render_index(index_view(cards, title), BORDER), site / PAGE)
    say(site / PAGE)
    return 0
