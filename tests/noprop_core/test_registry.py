"""Finding a method: by name, by entry point, by path."""

from importlib.metadata import EntryPoint, EntryPoints

import pytest

from noprop_core import declared, registry
from noprop_core.errors import InvalidSetting, UnknownName
from noprop_core.methods.backprop import Backprop

OURS = ["backprop", "classifier", "joint-shared", "noprop-dt", "noprop-shared"]


def test_every_method_file_is_found() -> None:
    assert set(OURS) <= set(registry.names())
    assert all(registry.find(name).name == name for name in OURS)


def test_an_unknown_name_offers_the_nearest() -> None:
    with pytest.raises(UnknownName, match="unknown method 'noprop-td'; did you mean 'noprop-dt'"):
        registry.find("noprop-td")


def test_a_name_near_nothing_lists_what_there_is() -> None:
    with pytest.raises(UnknownName, match=r"known: .*backprop.*noprop-shared"):
        registry.find("zzz")


def test_a_class_is_found_by_its_path() -> None:
    assert registry.find("noprop_core.methods.backprop:Backprop") is Backprop


@pytest.mark.parametrize(
    "path",
    [
        "no.such:Thing",
        "noprop_core.datasets.task:Task",
        "noprop_core.datasets.task:Nothing",
        ":",
        "a b:c",
    ],
)
def test_a_path_that_leads_to_no_method_is_one_clear_error(path: str) -> None:
    with pytest.raises(InvalidSetting, match=f"method '{path}'"):
        registry.find(path)


def test_another_package_registers_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("mine", "noprop_core.methods.backprop:Backprop", declared.ENTRY_POINT_GROUP)
    for module in (registry, declared):
        monkeypatch.setattr(module, "entry_points", lambda group: EntryPoints([entry]))
    assert "mine" in registry.names()
    assert registry.find("mine") is Backprop
