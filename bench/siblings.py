"""Our packages beside this one, whatever a folder or file of their name in the way.

`python -m` puts the current folder first on the path, and `reports` is a common name for a folder:
it would be taken for our package, and a command would end with somebody else's error. So the three
belong together: where another is found in place of one of ours, ours is loaded from where this
file is. Whoever imports one of them first imports this module before it.
"""

import importlib.util
import sys
from importlib.machinery import PathFinder
from pathlib import Path

HOME = Path(__file__).parents[1]


def settle(name: str) -> None:
    """Load our package `name` from beside this one if another would be found in its place."""
    ours = HOME / name / "__init__.py"
    if name in sys.modules or not ours.is_file():  # or installed elsewhere
        return
    found = PathFinder.find_spec(name)
    if found is None or (found.origin and Path(found.origin).resolve() == ours.resolve()):
        return
    spec = importlib.util.spec_from_file_location(
        name, ours, submodule_search_locations=[str(ours.parent)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


for _name in ("noprop_core", "reports"):
    settle(_name)
