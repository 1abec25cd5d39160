"""`--set noprop-dt.eta=0.2`: options of methods on a command line, as a study's tables have them.

What begins with a method's name is for that method, as in its table `[method.NAME]`; anything else
is for every method that has the option, as in `[options]`. Imports nothing of torch's.
"""

import tomllib
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from bench.study.problems import InvalidInput
from noprop_core.declared import names, without_variant
from noprop_core.words import printable, shortened

Settings = Mapping[str, Any]
"""Values by dotted name: `{"noprop-dt.eta": 0.2}`."""


def parse_settings(texts: Iterable[str]) -> dict[str, Any]:
    """Read settings such as `noprop-dt.eta=0.2`, of which the last of a name counts.

    Values are TOML's; what is none is text. Raises `ValueError`.
    """
    found = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (equals and value and all(name.split("."))):
            shown = shortened(printable(text), 80)
            raise ValueError(f"'{shown}' is no setting such as noprop-dt.eta=0.2")
        found[name] = _value(value)
    return found


def words_of(settings: Settings) -> list[str]:
    """Return settings in words, in an order and a spelling of their own."""
    return [f"{name}={_word(settings[name])}" for name in sorted(settings)]


def with_settings(content: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Return a study's entries with `settings` in its tables of options.

    Raises `InvalidInput` for methods that the study does not run.
    """
    methods = [name for name in content.get("methods", []) if isinstance(name, str)]
    running = {*methods, *map(without_variant, methods)}
    tables = {entry: deepcopy(content.get(entry, {})) for entry in ("options", "method")}
    problems = []
    for name, value in settings.items():
        method = _method_in(name, {*running, *names()})
        if method and method not in running:
            problems.append(f"'{method}' is none of the study's methods ({', '.join(methods)})")
            continue
        place, path = tables["options"], name.split(".")
        if method:
            place = tables["method"].setdefault(method, {})
            path = name.removeprefix(f"{method}.").split(".")
        for table in path[:-1]:
            if not isinstance(place.get(table), dict):
                place[table] = {}
            place = place[table]
        place[path[-1]] = value
    if problems:
        raise InvalidInput("--set", list(dict.fromkeys(problems)))
    return {**content, **{entry: table for entry, table in tables.items() if table}}


def _method_in(name: str, known: Iterable[str]) -> str:
    """Return the method that a setting begins with, the longest there is; "" for none."""
    return max((m for m in known if name.startswith(f"{m}.")), key=len, default="")


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
