import pandas as pd
import pytest

from reports.input.validation import FrameError
from reports.tidy.roles import find_roles
from reports.tidy.synonyms import KINDS, ROLES, Kind, kind_of, plain, spelled, unit_of


def columns(*names: str) -> pd.DataFrame:
    return pd.DataFrame([[0] * len(names)], columns=list(names))


@pytest.mark.parametrize("role", ROLES)
def test_every_synonym_is_taken_for_its_role(role):
    for name in ROLES[role]:
        others = [r for r in ("method", "seed") if r != role]
        table = columns(name.upper().replace("_", " "), *others)
        assert find_roles(table, {}).columns[role] == (table.columns[0],)


def test_no_synonym_stands_for_two_things():
    names = [name for synonyms in ROLES.values() for name in synonyms]
    words = [word for known in KINDS.values() for word in known]
    assert len(set(names)) == len(names)
    assert len(set(words)) == len(words)
    assert all(plain(name) == name for name in names)


def test_the_likelier_of_two_names_is_the_role_and_the_other_is_free():
    roles = find_roles(columns("run", "seed", "model", "method"), {})
    assert roles.columns == {"method": ("method",), "seed": ("seed",)}
    assert roles.taken == {"method", "seed"}


def test_what_is_told_is_not_guessed():
    roles = find_roles(columns("seed", "method", "x", "noise"), {"dataset": ("x", "noise")})
    assert roles.columns["dataset"] == ("x", "noise")
    assert roles.told == {"dataset"}
    roles = find_roles(columns("seed", "method", "x"), {"seed": "x"})
    assert roles.columns["seed"] == ("x",)


def test_the_columns_of_a_tracker_of_experiments_are_known():
    roles = find_roles(columns("params.model", "params.seed", "metrics.acc"), {})
    assert roles.columns == {"method": ("params.model",), "seed": ("params.seed",)}
    assert kind_of("metrics.test_acc") is Kind.SHARE


@pytest.mark.parametrize(
    ("table", "told", "says"),
    [
        (columns("seed", "acc"), {}, "which one is the method"),
        (columns("method", "acc"), {}, "which one is the seed"),
        (columns("method", "seed"), {"sead": "seed"}, "'sead' is no role"),
        (columns("method", "seed"), {"seed": "trial"}, "no column 'trial'"),
    ],
)
def test_what_is_not_there_is_one_line_with_what_is(table, told, says):
    with pytest.raises(FrameError, match=says) as error:
        find_roles(table, told)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "kind", "unit", "words"),
    [
        ("test_accuracy", Kind.SHARE, "", "Test accuracy"),
        ("acc_percent", Kind.SHARE, "percent", "Accuracy"),
        ("val loss", Kind.LOSS, "", "Validation loss"),
        ("train_time_ms", Kind.TIME, "s", "Train time"),
        ("time (min)", Kind.TIME, "s", "Time"),
        ("seconds", Kind.TIME, "s", "Seconds"),
        ("peak-memory MiB", Kind.MEMORY, "bytes", "Peak memory"),
        ("memory_mb", Kind.MEMORY, "MB", "Memory"),
        ("memory", Kind.MEMORY, "", "Memory"),
        ("F1", Kind.SHARE, "", "F1"),
        # A unit counts only where it fits: the smallest loss is in no minutes.
        ("loss_min", Kind.LOSS, "", "Loss min"),
        ("learning_rate", None, "", "Learning rate"),
    ],
)
def test_a_name_tells_kind_and_unit_and_no_more(name, kind, unit, words):
    assert kind_of(name) is kind
    found = unit_of(name, kind)
    assert (found.units.base if found else "") == unit
    assert spelled(name, kind) == words
