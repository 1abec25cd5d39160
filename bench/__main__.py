"""`noprop-bench COMMAND`, which is `python -m bench COMMAND`: every command under one name.

The installed command keeps the current folder off the import path, where a folder called `bench` or
`reports` would be taken for ours; methods of one's own are still found there, after all else.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from bench.command import run_and_exit, say
from noprop_core.errors import UnknownName

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("bench.run", "run a study: every method, data set, batch size, T and seed it names"),
    "plan": ("bench.run", "say what a study would run, and what it could show; run nothing"),
    "report": ("bench.report", "make a page of what was measured"),
    "compare": ("bench.report", "compare two folders of results: compare NEW OLD"),
    "gallery": ("bench.gallery", "make a static site of several studies"),
    "publish": ("bench.publish.__main__", "publish a study's results in a clone"),
    "rerun": ("bench.rerun", "run seeds of a published result again, and compare"),
    "new": ("bench.new", "write a method, a data set or a study to begin with"),
    "scaling": ("bench.scaling", "fit a model of many devices to runs that were divided"),
    "speed": ("bench.speed.__main__", "measure the project's own speed"),
}
"""By name: the module whose `main` it is, and what it does."""

USAGE = "\n".join(
    [
        "usage: noprop-bench COMMAND [OPTIONS]; noprop-bench COMMAND --help explains one",
        "",
        *(f"  {name:<10}{what}" for name, (_, what) in COMMANDS.items()),
    ]
)


def main(argv: Sequence[str] | None = None) -> int:
    """Call the command that the first word names; return its exit code."""
    name, *words = (sys.argv[1:] if argv is None else argv) or ["--help"]
    if name in ("-h", "--help"):
        say(USAGE)
        return 0
    if name not in COMMANDS:
        raise UnknownName("command", name, COMMANDS)
    # `python -m` has it first already; twice does no harm.
    sys.path.append(str(Path.cwd()))
    if name == "compare":
        words = compared(words)
    elif name == "plan":
        words = ["--plan", *words]
    code: int = import_module(COMMANDS[name][0]).main(words)
    return code


def compared(words: Sequence[str]) -> list[str]:
    """Return what `bench.report` is asked where `compare NEW OLD` is: its `--against`."""
    if len(words) > 1 and not (words[0].startswith("-") or words[1].startswith("-")):
        return [words[0], "--against", *words[1:]]
    return list(words) if "--help" in words or "-h" in words else [*words, "--against"]


def enter() -> NoReturn:
    """Be the installed command."""
    run_and_exit(main)


if __name__ == "__main__":
    enter()
