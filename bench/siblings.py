"""Our packages beside this one, whatever a folder or file of their name in the way.

`python -m` puts the current folder first on the path, and `reports` is a common name for a folder,
`random.py` for a file: it would be taken for our package or for the library, and a command would
end with somebody else's error. So the current folder comes after all else, as it does for the
installed command; and the three belong together: where another is found in place of one of ours,
ours is loaded from where this file is. Whoever imports one of them first imports this module before
it.
"""

import importlib.util
import sys
from contextlib import suppress
from importlib.machinery import PathFinder
from pathlib import Path

HOME = Path(__file__).parents[1]


def let_libraries_come_first(path: list[str], folder: str, module: str) -> None:
    """Move `folder`, the current one, to the end of `path` where `python -m module` put it first.

    Methods of one's own are found there. What is not started as a command of ours has its own way;
    and where the folder is the one that we come from, an installed version must not go before us.
    """
    ours = module.partition(".")[0] == "bench" and folder != str(HOME)
    if ours and path and path[0] == folder:
        path.append(path.pop(0))


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


_spec = getattr(sys.modules["__main__"], "__spec__", None)
with suppress(OSError):  # the current folder has been removed
    let_libraries_come_first(sys.path, str(Path.cwd()), _spec.name if _spec else "")
for _name in ("noprop_core", "reports"):
    settle(_name)
