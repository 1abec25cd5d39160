"""How a method is found: ours by scanning `methods/`, other people's by entry point or path.

A package offers methods under the entry-point group `noprop_bench.methods`; anyone may name a
class directly as `package.module:Class`. A name may carry a variant after a slash
(`noprop-dt/learned`): the same method, run with options of its own.
"""

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points

from noprop_core import methods
from noprop_core.declared import ENTRY_POINT_GROUP, names, without_variant
from noprop_core.errors import InvalidSetting, UnknownName, UserError
from noprop_core.method import Method, MethodConfig
from noprop_core.outside import imported
from noprop_core.words import one_line

DECLARED: dict[str, type] = {
    **dict.fromkeys(("name", "title", "source", "networks"), str),
    **dict.fromkeys(("uses_timesteps", "independent_blocks", "deterministic_inference"), bool),
    **dict.fromkeys(("exact", "deviations"), tuple),
}
"""What a method must say of itself, and of which type: records and reports are written from it."""


@cache
def built_in() -> dict[str, type[Method]]:
    """Return the methods of `noprop_core.methods` by name."""
    found: dict[str, type[Method]] = {}
    for module_info in pkgutil.iter_modules(methods.__path__):
        module = importlib.import_module(f"{methods.__name__}.{module_info.name}")
        for value in vars(module).values():
            if _is_method(value) and value.__module__ == module.__name__:
                found[value.name] = value
    return dict(sorted(found.items()))


def find(name: str) -> type[Method]:
    """Return the method called `name`, or the class at `package.module:Class`.

    A variant after a slash is ignored.

    Raises `UnknownName` for a name nothing carries, `InvalidSetting` for a path that leads to
    no method.
    """
    name = without_variant(name)
    if name in built_in():
        return built_in()[name]
    if ":" in name:
        return _load(name)
    external = entry_points(group=ENTRY_POINT_GROUP)
    if name in external.names:
        return _load(external[name].value)
    raise UnknownName("method", name, names())


def find_here(name: str) -> type[Method] | None:
    """Return the method called `name`; None where it cannot be loaded here, though elsewhere."""
    try:
        return find(name)
    except UserError:
        return None


def _load(path: str) -> type[Method]:
    value = imported("method", path)
    if not _is_method(value):
        raise InvalidSetting(f"method '{path}' is no subclass of noprop_core.method.Method")
    config = value.Config
    if not (isinstance(config, type) and issubclass(config, MethodConfig)):
        raise InvalidSetting(f"method '{path}' has a Config that is no subclass of MethodConfig")
    method: type[Method] = value
    for name, kind in DECLARED.items():
        declared = getattr(method, name, None)
        if not isinstance(declared, kind):
            raise InvalidSetting(
                f"method '{path}': {name} is {one_line(repr(declared), 80)}; expected "
                f"{kind.__name__}"
            )
    for name in ("exact", "deviations"):
        if not all(isinstance(line, str) for line in getattr(method, name)):
            raise InvalidSetting(f"method '{path}': {name} holds what is no text")
    return method


def _is_method(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Method) and hasattr(value, "name")
