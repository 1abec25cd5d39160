"""Blocks of a document that are written from records: what stands between their marks."""

import re
from collections.abc import Callable, Mapping

from bench.readme_block import ENDS
from noprop_core.errors import InvalidSetting

MARK = r"<!-- begins: (?P<name>[^,\n]+), written by python -m bench\.publish -->\n"
BLOCK = re.compile(f"({MARK})(?P<content>.*?){re.escape(ENDS)}", re.DOTALL)
Writer = Callable[[], str | None]
"""Returns a block's text; `None` where there are no records for it, and it stays as it is."""


def begins(name: str) -> str:
    """Return the mark before the block called `name`."""
    return f"<!-- begins: {name}, written by python -m bench.publish -->"


def rewritten(text: str, writers: Mapping[str, Writer], source: str) -> str:
    """Return a document's `text` with every block anew.

    Raises `InvalidSetting` for a block that has no end, or that nobody writes; `source` names the
    document.
    """

    def anew(found: re.Match[str]) -> str:
        name = found["name"]
        if name not in writers:
            raise InvalidSetting(f"{source}: block '{name}' is none of {', '.join(writers)}")
        if "<!-- begins: " in found["content"]:
            raise InvalidSetting(f"{source}: block '{name}' has no '{ENDS}'")
        content = writers[name]()
        return found[0] if content is None else f"{found[1]}\n{content.strip()}\n\n{ENDS}"

    return BLOCK.sub(anew, text)
