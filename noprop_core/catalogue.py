"""`python -m noprop_core.catalogue`: what every method declares of itself, as a page.

The page between the two marks of `docs/methods.md` is written by this module and by nobody else;
a test compares the two, so that the page cannot say what the code does not.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel

from noprop_core import registry
from noprop_core.method import Method
from noprop_core.words import one_line

BEGINS = "<!-- begins: written by python -m noprop_core.catalogue -->"
ENDS = "<!-- ends -->"


def page(methods: Iterable[type[Method]]) -> str:
    """Return the catalogue of `methods` as Markdown: one table of all, then one section each."""
    methods = list(methods)
    return "\n\n".join((overview(methods), *(section(method) for method in methods))) + "\n"


def overview(methods: Sequence[type[Method]]) -> str:
    """Return a table of what is true of every method."""
    heading = (
        "method", "source", "T", "independent blocks", "inference", "noise schedule", "embeddings"
    )  # fmt: skip
    rows = (
        (
            f"[`{method.name}`](#{method.name})",
            method.source,
            "yes" if method.uses_timesteps else "—",
            "yes" if method.independent_blocks else "no",
            "deterministic" if method.deterministic_inference else "stochastic",
            _schedule(method),
            "one-hot, learned, prototype" if method.learns_embeddings else "—",
        )
        for method in methods
    )
    return _table(heading, rows)


def section(method: type[Method]) -> str:
    """Return everything that `method` declares."""
    parts = [f"### {method.name}", f"{method.title[:1].upper()}{method.title[1:]}."]
    parts.append(f"Source: {method.source}. Networks: {method.networks}.")
    parts += _listed("As in the source, shown by tests", method.exact)
    parts += _listed("Departures", method.deviations)
    if method.left_open:
        rows = ((f"`{option}`", text) for option, text in method.left_open.items())
        parts.append(_table(("stands for what the source leaves open", "namely"), rows))
    parts.append(_table(("option", "default", "meaning"), options(method.Config())))
    return "\n\n".join(parts)


def options(config: BaseModel, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield name, value and meaning of every option, nested ones under dotted names."""
    for name, field in type(config).model_fields.items():
        value = getattr(config, name)
        if isinstance(value, BaseModel):
            yield from options(value, f"{prefix}{name}.")
        else:
            yield f"`{prefix}{name}`", f"`{value}`", field.description or ""


def written_into(text: str, content: str) -> str:
    """Return `text` with `content` between its marks; raises ValueError if it has none."""
    before, begins, rest = text.partition(BEGINS)
    _, ends, after = rest.partition(ENDS)
    if not begins or not ends:
        raise ValueError(f"no place for the catalogue: '{BEGINS}' ... '{ENDS}'")
    return f"{before}{BEGINS}\n\n{content}\n{ENDS}{after}"


def main(arguments: Sequence[str]) -> int:
    """Print the catalogue, or write it into the file named."""
    content = page(registry.built_in().values())
    if not arguments:
        print(content)
        return 0
    path = Path(arguments[0])
    try:
        path.write_text(written_into(path.read_text("utf-8"), content), "utf-8")
    except (OSError, ValueError) as error:
        print(
            f"error: '{path}': {one_line(error)}; give a page such as docs/methods.md",
            file=sys.stderr,
        )
        return 2
    return 0


def _schedule(method: type[Method]) -> str:
    if method.trains_schedule:
        return "trained"
    return "fixed" if "schedule" in method.Config.model_fields else "—"


def _listed(title: str, items: Sequence[str]) -> list[str]:
    return [f"{title}:", "\n".join(f"- {item}" for item in items)] if items else []


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
