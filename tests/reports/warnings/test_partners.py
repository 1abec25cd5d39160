"""What meets no partner is named: data sets, devices, settings and seeds."""

import pandas as pd

from reports.page.analysis import analyse
from reports.warnings.partners import NoBaselineThere, OneSided
from reports.warnings.runs import ComparedApart


def told(analysis, kind):
    return [c.sentence() for c in analysis.caveats if isinstance(c, kind)]


def test_a_data_set_without_the_baseline_is_named(study, plan):
    first, curves = study(("backprop", "noprop-dt"), (64,), (2,), seeds=4)
    second, others = study(("noprop-dt", "classifier"), (64,), (2,), seeds=4, dataset="mnist")
    analysis = analyse(pd.concat([first, second]), pd.concat([curves, others]), plan)
    assert told(analysis, NoBaselineThere) == [
        "4 runs each of classifier and noprop-dt on mnist meet no run of backprop and are "
        "compared with nothing: backprop has no run there."
    ]


def test_another_device_is_not_said_to_be_compared(study, plan):
    runs, epochs = study(("backprop", "noprop-dt"), (64,), (2,), seeds=4)
    runs.loc[runs.method == "noprop-dt", "device"] = "cuda"
    analysis = analyse(runs, epochs, plan)
    assert analysis.comparisons == ()
    assert told(analysis, NoBaselineThere) == [
        "4 runs of noprop-dt on digits meet no run of backprop and are compared with nothing: "
        "these ran with cuda, torch 2.11.0, 12 epochs, backprop with cpu, torch 2.11.0, 12 epochs."
    ]
    [apart] = told(analysis, ComparedApart)
    assert "compared separately" not in apart


def test_seeds_and_settings_of_one_side_are_named(study, plan):
    runs, epochs = study(("backprop", "noprop-dt"), (64, 128), (2,), seeds=6)
    gone = (runs.method == "backprop") & (
        (runs.batch_size == 128) | ((runs.batch_size == 64) & runs.seed.isin([1, 4]))
    )
    [sentence] = told(analyse(runs[~gone], epochs, plan), OneSided)
    assert sentence == (
        "noprop-dt and backprop do not meet everywhere; left out of their comparison are settings "
        "that one side alone ran: digits, batch size 128, T = 2 (noprop-dt alone); seeds that "
        "noprop-dt alone ran: 1 and 4."
    )


def test_where_all_meet_nothing_is_said(study, plan):
    analysis = analyse(*study(seeds=4), plan)
    assert not told(analysis, OneSided)
    assert not told(analysis, NoBaselineThere)
