"""A warning is one class: a test adds one and finds its sentence on the page."""

from dataclasses import dataclass

from reports.page.analysis import analyse
from reports.page.html import render
from reports.warnings import found
from reports.warnings.caveat import Caveat


@dataclass(frozen=True, slots=True)
class FewSeeds(Caveat):
    """Fewer seeds than the house likes."""

    count: int

    @classmethod
    def find(cls, evidence):
        """Count the seeds."""
        seeds = len({run.seed for run in evidence.runs})
        if seeds < 7:
            yield cls(seeds)

    def sentence(self):
        """Say how many."""
        return f"There are {self.count} seeds only."


def test_one_class_is_all_that_a_warning_takes(study, plan, monkeypatch):
    monkeypatch.setattr(found, "KINDS", (*found.KINDS, FewSeeds))
    frames = study(methods=("backprop", "noprop-dt"), batch_sizes=(64,), timesteps=(2,))
    assert "There are 6 seeds only." in render(analyse(*frames, plan), {})
