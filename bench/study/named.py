"""Where a study's file is: by the name of one that comes with the project, or by path."""

import re
from pathlib import Path

from noprop_core.errors import InvalidSetting, UnknownName

STUDIES = Path(__file__).parent
NAME = re.compile("[A-Za-z0-9][A-Za-z0-9._+=,-]{0,127}")
"""What a study may be called, for its folder is called so."""


def named_studies() -> dict[str, Path]:
    """Return the studies that come with the project, by name."""
    return {path.stem: path for path in sorted(STUDIES.glob("*.toml"))}


def path_of(reference: str) -> Path:
    """Return the file that `reference` names, or is the path of; raises `UnknownName`."""
    if reference in named_studies():
        return named_studies()[reference]
    if reference.endswith((".toml", ".json")):
        try:
            return Path(reference).expanduser()
        except RuntimeError as error:
            message = f"study '{reference}': there is no such home directory"
            raise InvalidSetting(message) from error
    raise UnknownName("study", reference, named_studies())
