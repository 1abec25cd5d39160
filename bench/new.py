"""`python -m bench.new`: a method, a data set or a study to start from, which runs as it is."""

import importlib.util
import keyword
import re
from collections.abc import Sequence
from pathlib import Path

from bench.command import run_and_exit, say
from bench.parsing import Parser, a_path
from noprop_core.errors import InvalidSetting, UserError
from reports.files.output import write_whole

KINDS = {
    "method": (".py", "--methods {module}:{class},backprop"),
    "dataset": (".py", "--dataset {module}:{module} --methods noprop-dt,backprop"),
    "study": (".toml", "--study {module}.toml"),
}
"""What there is a template of: its ending, and the options that run it."""

EXAMPLES = """\
examples:
  python -m bench.new method my_method      writes my_method.py
  python -m bench.new dataset my_data       writes my_data.py
  python -m bench.new study my_study        writes my_study.toml

Each runs as it is, by the command that is printed; nothing is ever overwritten.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    arguments = parser().read(argv)
    ending, options = KINDS[arguments.kind]
    path = arguments.folder / f"{arguments.name}{ending}"
    names = names_of(arguments.name, ending)
    if path.exists() or path.is_symlink():
        raise InvalidSetting(f"'{path}' is there already, and is left as it is")
    template = Path(__file__).parent / "templates" / f"{arguments.kind}{ending}.txt"
    try:
        write_whole(filled(template.read_text(encoding="utf-8"), names), path)
    except OSError as error:
        raise UserError(f"cannot write '{path}': {error.strerror or error}") from error
    say(path)
    say(f"run it: python -m bench.run {filled(options, names)}")
    return 0


def names_of(module: str, ending: str) -> dict[str, str]:
    """Return the names in a template, by placeholder; raises `InvalidSetting` for a bad name."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", module) or keyword.iskeyword(module):
        raise InvalidSetting(
            f"'{module}' is no name of a module: lower-case letters, digits and _, as in my_method"
        )
    if ending == ".py" and importlib.util.find_spec(module) is not None:
        raise InvalidSetting(f"'{module}' is a module that Python finds already: take another name")
    words = [word for word in module.split("_") if word]
    return {
        "module": module,
        "name": "-".join(words),
        "class": "".join(word.capitalize() for word in words),
    }


def filled(text: str, names: dict[str, str]) -> str:
    """Return `text` with `{module}`, `{name}` and `{class}` filled in; other braces stay."""
    return re.sub(r"\{(module|name|class)\}", lambda found: names[found[1]], text)


def parser() -> Parser:
    """Return the command's parser."""
    parser = Parser(
        "python -m bench.new", "Write a method, a data set or a study to start from.", EXAMPLES
    )
    parser.add_argument("kind", choices=KINDS, help="what to write")
    parser.add_argument("name", help="its name, such as my_method")
    parser.add_argument(
        "--folder", type=a_path, default=Path(), metavar="DIR", help="where to [here]"
    )
    return parser


if __name__ == "__main__":
    run_and_exit(main)
