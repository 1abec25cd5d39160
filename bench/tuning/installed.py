"""What tuning needs that comes with an extra. Imports none of it."""

from importlib.util import find_spec

from noprop_core.errors import InvalidSetting

NEEDED = {"optuna": "optuna", "tomli_w": "tomli-w"}


def check_installed() -> None:
    """Raise `InvalidSetting`, with the command that installs it, for what is missing."""
    missing = [name for module, name in NEEDED.items() if find_spec(module) is None]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise InvalidSetting(
            f"--tune: {' and '.join(missing)} {verb} not installed: "
            'pip install "noprop-bench[tuning]"'
        )
