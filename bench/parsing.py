"""How a command line is read: all that is wrong with it is told at once, a line each."""

import argparse
import difflib
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from noprop_core.errors import InvalidSetting, UserError

Check = Callable[[argparse.Namespace], object]
"""Looks at what was given; raises `UserError`, a line per problem."""


def a_path(text: str) -> Path:
    """Return a path as it is typed, where a shell has left `~` for us: `--results=~/results`."""
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise argparse.ArgumentTypeError(f"'{text}': there is no such home directory") from error


def check_home(text: str | None, option: str) -> None:
    """Raise `InvalidSetting` for a `~` that leads nowhere, at the beginning or after `NAME:`."""
    for part in () if text is None else (text, text.partition(":")[2]):
        try:
            Path(part).expanduser()
        except RuntimeError as error:
            message = f"{option}: '{part}': there is no such home directory"
            raise InvalidSetting(message) from error


class Parser(argparse.ArgumentParser):
    """A parser whose errors are `UserError`s, after it has read everything there is."""

    def __init__(self, prog: str, description: str, epilog: str) -> None:
        """Show `epilog` as it is: examples."""
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,  # a slip of the finger is no option
        )
        self.problems: list[str] = []
        self.unread: list[argparse.Action] = []

    def read(self, argv: Sequence[str] | None, *checks: Check) -> argparse.Namespace:
        """Return the options; raises `UserError` with all that is wrong, `checks` included."""
        self.problems, self.unread = [], []
        arguments, unknown = self.parse_known_args(argv)
        self.problems += [
            self._unknown(word)
            for before, word in pairwise(["", *unknown])
            # What follows an unknown option is its value.
            if word.startswith("-") or not before.startswith("-")
        ]
        for action in self._actions:  # a path may be any bytes, a name may not
            value = getattr(arguments, action.dest, None)
            if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
                self._keep(argparse.ArgumentError(action, f"'{value}' is no UTF-8"), action)
        for action in self.unread:  # so that the checks find nothing that they cannot know
            setattr(arguments, action.dest, action.default)
        for check in checks:
            try:
                check(arguments)
            except UserError as error:
                self.problems += str(error).split("\n")
        self._tell()
        return arguments

    def error(self, message: str) -> NoReturn:
        """Raise what makes it impossible to read on, and what was found before."""
        self.problems.append(message.removeprefix("argument "))
        self._tell()
        raise AssertionError

    def _keep(self, error: argparse.ArgumentError, action: argparse.Action) -> None:
        self.problems.append(str(error).removeprefix("argument "))
        self.unread.append(action)

    def _tell(self) -> None:
        if self.problems:
            raise InvalidSetting("\n".join(dict.fromkeys(self.problems)))

    def _unknown(self, word: str) -> str:
        if not word.startswith("-"):
            return f"'{word}' is no option, and nothing else is expected there"
        flag = word.partition("=")[0]
        nearest = difflib.get_close_matches(flag, self._option_string_actions, n=1)
        hint = f"did you mean {nearest[0]}?" if nearest else "--help shows what there is"
        return f"unknown option '{flag}'; {hint}"

    # The two that argparse asks about one value. A problem is kept, and it reads on with the
    # default; its own way is to end at the first.
    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        try:
            return super()._get_value(action, arg_string)
        except argparse.ArgumentError as error:
            self._keep(error, action)
            return None

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if value is None:  # which could not be read
            return
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            self._keep(error, action)
