"""From tidy frames of runs to a statistical analysis, and from that to one HTML page.

Reading order:

1. `input`: what a study declares (`plan`, `metrics`), what ran (`runs`), which runs meet
   (`pairing`), and what varies (`context`).
2. `statistics`: arrays in, estimates out.
3. One folder per question, each with `estimates` (no words), `words`, `table`, `figure` and
   `section`: `comparisons` with the baseline, `settings`, `curves`, `trends`, `pareto`,
   `standings`, `memory`, `gradients`, `controls`, `published`, `versions`, `changes`, `provenance`,
   `warnings`.
4. `display`: how anything is shown; `drawing`: pictures as SVG.
5. `page`: `analysis` estimates everything, `sections` lists what the page shows, `html` writes it.
6. `formats`: the list of formats, and the other ones.

7. `tidy`: anybody's table of results, its columns guessed, into all of that: `reports.compare`
   and `python -m reports`.

`calibrate` tests the statistics with a known truth. Nothing here knows how a run is made.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.tidy.results import compare

__all__ = ["compare"]


def __getattr__(name: str) -> object:
    """Import `compare` when it is asked for: a study that is declared loads no library."""
    if name == "compare":
        from reports.tidy.results import compare

        return compare
    raise AttributeError(f"module 'reports' has no attribute '{name}'")
