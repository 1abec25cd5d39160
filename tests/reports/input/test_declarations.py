"""Plan and metrics: declared once, and light enough for a study to be declared with them."""

import subprocess
import sys

import pytest

from reports.input.plan import Margins, Plan, PlanError, Rules


def test_declarations_load_no_library_of_numbers():
    code = (
        "import sys, reports.input.plan, reports.input.metrics; "
        "print(sorted({'numpy', 'pandas', 'scipy', 'torch', 'statsmodels'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_a_plan_that_follows_rules_marks_what_they_left_open():
    rules = Rules(baseline="b", alpha=0.01, margins=Margins(time_percent=2))
    plan = Plan.of(rules, "a study", "of something")
    assert (plan.title, plan.description, plan.alpha) == ("a study", "of something", 0.01)
    assert plan == Plan.declared(
        {
            "title": "a study", "description": "of something", "baseline": "b", "alpha": 0.01,
            "margins": {"time_percent": 2},
        }
    )  # fmt: skip
    assert {"alpha", "baseline", "margins.time_percent"}.isdisjoint(plan.defaulted)
    assert {"power", "confidence", "margins.accuracy_pp"} <= set(plan.defaulted)


def test_every_problem_of_a_plan_has_a_line():
    with pytest.raises(PlanError) as caught:
        Plan.declared({"title": "x", "alpha": 2, "margins": {"speed": 1, "time_percent": 0}})
    lines = str(caught.value).splitlines()
    assert [line.split()[0] for line in lines] == [
        "alpha", "baseline", "margins.time_percent", "unknown",
    ]  # fmt: skip


def test_a_margin_that_is_not_declared_is_that_of_the_metric():
    margins = Margins(time_percent=2)
    assert (margins["time_percent"], margins["accuracy_pp"]) == (2, 0.5)
    assert margins.all() == {
        "accuracy_pp": 0.5, "time_percent": 2, "memory_percent": 1.0, "energy_percent": 5.0,
        "loss_percent": 5.0,
    }  # fmt: skip
