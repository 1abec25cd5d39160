"""How the project's templates are read: names are text, and what is undefined is an error."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from reports.display.words import visible


def template_environment() -> Environment:
    """Return a fresh environment for `reports/page/templates`, with everything escaped."""
    return Environment(
        loader=PackageLoader("reports.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _visible(value: object) -> object:
    """Return names and messages without what changes the rest of the page; markup is ours."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
