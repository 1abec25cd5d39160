"""Options added later leave what was recorded before as it was; a changed default does not."""

from typing import ClassVar

import pytest
from pydantic import Field, ValidationError

from noprop_core.options import Options, recorded, restored


class First(Options):
    """An optimiser's options in the first release."""

    rate: float = 0.1


class Later(First):
    """The same options two releases on; the default of the new one is not what was done before."""

    historical: ClassVar = {"momentum": 0.0}
    momentum: float = 0.9


class Evenings(Options):
    form: str = "none"
    length: int = 3


class Whole(Options):
    historical: ClassVar = {"evenings": Evenings(form="none", length=0)}
    width: float = 1.0
    inner: Later = Later()
    maybe: Later | None = None
    evenings: Evenings = Evenings(form="cosine")


def test_an_option_at_its_historical_value_is_left_out():
    assert recorded(Later(momentum=0.0)) == recorded(First()) == {"rate": 0.1}
    assert recorded(Later(momentum=0.5)) == {"rate": 0.1, "momentum": 0.5}


def test_a_new_default_is_recorded_because_it_is_not_what_was_done_before():
    assert recorded(Later()) == {"rate": 0.1, "momentum": 0.9}


def test_what_is_missing_had_its_historical_value_and_not_the_default():
    assert restored(Later, {"rate": 0.2}) == Later(rate=0.2, momentum=0.0)
    assert restored(Whole, {"inner": {"rate": 0.2}}).inner == Later(rate=0.2, momentum=0.0)
    assert restored(Whole, {"maybe": {"rate": 0.2}}).maybe == Later(rate=0.2, momentum=0.0)


def test_without_a_historical_value_the_default_holds():
    assert restored(Whole, {}) == Whole(evenings=Evenings(form="none", length=0))


def test_a_whole_table_may_be_historical():
    assert recorded(Whole(evenings=Evenings(length=0))) == {
        "width": 1.0, "inner": {"rate": 0.1, "momentum": 0.9}, "maybe": None
    }  # fmt: skip
    assert recorded(Whole())["evenings"] == {"form": "cosine", "length": 3}


@pytest.mark.parametrize(
    "config",
    [
        Whole(),
        Whole(width=2.0, evenings=Evenings(length=0)),
        Whole(inner=Later(momentum=0.0), maybe=Later(rate=1.0, momentum=0.0)),
    ],
    ids=str,
)
def test_what_was_recorded_is_restored(config):
    assert restored(Whole, recorded(config)) == config


def test_a_table_that_extends_another_keeps_its_historical_values():
    class Deeper(Later):
        historical: ClassVar = {"decay": 0}
        decay: int = 1

    assert recorded(Deeper(momentum=0.0, decay=0)) == {"rate": 0.1}
    assert restored(Deeper, {"rate": 0.1}) == Deeper(momentum=0.0, decay=0)


def test_an_unknown_option_and_a_wrong_value_are_refused():
    with pytest.raises(ValidationError, match="extra"):
        restored(Later, {"raet": 0.1})
    with pytest.raises(ValidationError):
        restored(Later, {"rate": "0.1"})
    with pytest.raises(ValidationError):
        Later(rate=float("nan"))
    with pytest.raises(ValidationError, match="frozen"):
        Later().rate = 1.0


def test_a_historical_value_of_no_option_is_a_mistake_of_its_author():
    with pytest.raises(TypeError, match=r"Wrong\.historical names no option: momentun"):

        class Wrong(First):
            historical: ClassVar = {"momentun": 0.0}
            momentum: float = Field(0.9)
