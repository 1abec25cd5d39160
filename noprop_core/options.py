"""Tables of options: what every configuration has in common, and how it is recorded.

A recorded configuration identifies a run, so that an option added later must not make old runs
look like others. Whoever adds one says what was done before it existed:

    class OptimizerConfig(Options):
        historical = {"momentum": 0.0}
        momentum: float = Field(0.9, description="...")

An option at its historical value is left out of what is recorded, and an option missing from a
record had its historical value. A default may then be changed at will: it makes new runs, and
never passes old ones for new.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar, get_args

from pydantic import BaseModel, ConfigDict

from noprop_core.search import Search, Space


class Options(BaseModel):
    """A frozen table of options: strict types, no unknown keys, no infinity and no NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    historical: ClassVar[Mapping[str, Any]] = {}
    """By option added since the first release: the value for what was done before it existed."""

    searched: ClassVar[Space] = {}
    """By option: the values that tuning tries unless a study says otherwise; empty: none."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse what is declared of an option that does not exist: a slip of its author's."""
        super().__pydantic_init_subclass__(**kwargs)
        for name, declared in (
            ("historical", historical_values(cls)),
            ("searched", _searched(cls)),
        ):
            unknown = sorted(declared.keys() - cls.model_fields.keys())
            if unknown:
                raise TypeError(f"{cls.__name__}.{name} names no option: {', '.join(unknown)}")


Table = TypeVar("Table", bound=Options)


def historical_values(kind: type[Options]) -> dict[str, Any]:
    """Return the historical values of `kind` and the tables it extends, as JSON has them."""
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        found |= vars(base).get("historical", {})
    return {
        name: value.model_dump(mode="json") if isinstance(value, BaseModel) else value
        for name, value in found.items()
    }


def _searched(kind: type[Options]) -> dict[str, Search]:
    """Return what `kind` and the tables it extends declare to be searched, nested ones left out."""
    found: dict[str, Search] = {}
    for base in reversed(kind.__mro__):
        found |= vars(base).get("searched", {})
    return found


def space_of(kind: type[Options], prefix: str = "") -> dict[str, Search]:
    """Return, by dotted name, what `kind` and the tables in it declare to be searched."""
    space = {prefix + name: search for name, search in _searched(kind).items()}
    for name, field in kind.model_fields.items():
        inner = _table_of(field.annotation)
        if inner is not None:
            space |= space_of(inner, f"{prefix}{name}.")
    return space


def recorded(config: Options) -> dict[str, Any]:
    """Return `config` as JSON has it, without options at their historical value."""
    past = historical_values(type(config))
    whole = config.model_dump(mode="json")
    kept = [name for name in whole if name not in past or whole[name] != past[name]]
    return {
        name: recorded(value)
        if isinstance(value := getattr(config, name), Options)
        else whole[name]
        for name in kept
    }


def restored(kind: type[Table], options: Mapping[str, Any]) -> Table:
    """Return the configuration that `recorded` made `options` of.

    A missing option has its historical value, or its default where it has none. Raises pydantic's
    `ValidationError` for options that `kind` does not know.
    """
    return kind.model_validate(_completed(kind, options))


def _completed(kind: type[Options], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return `options` with the historical values that it lacks, nested tables included."""
    whole = historical_values(kind) | dict(options)
    for name, field in kind.model_fields.items():
        inner, given = _table_of(field.annotation), whole.get(name)
        if inner is not None and isinstance(given, Mapping):
            whole[name] = _completed(inner, given)
    return whole


def _table_of(annotation: Any) -> type[Options] | None:
    """Return the one table of options that `annotation` allows, as in `Schedule | None`."""
    allowed = get_args(annotation) or (annotation,)
    tables = [kind for kind in allowed if isinstance(kind, type) and issubclass(kind, Options)]
    return tables[0] if len(tables) == 1 else None
