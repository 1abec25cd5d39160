"""How the project's templates are read: names are text, and what is undefined is an error."""

from jinja2 import Environment, PackageLoader, StrictUndefined


def template_environment() -> Environment:
    """Return a fresh environment for `reports/page/templates`, with everything escaped."""
    return Environment(
        loader=PackageLoader("reports.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
