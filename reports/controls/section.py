"""The section on whether a whole method beats its parts."""

from collections.abc import Sequence

from reports.controls.estimates import ControlGain, over_settings
from reports.controls.table import control_table, parts_table
from reports.controls.words import controls_say
from reports.display.view import Section, present
from reports.input.context import Context


def controls_section(context: Context, controls: Sequence[ControlGain]) -> Section:
    """Every method against its own parts."""
    return Section(
        "controls",
        "Does the whole method beat its parts?",
        paragraphs=(
            "After training, parts of the same network were tested by themselves: a single block "
            "shown pure noise, the sampler without its noise, and the like. If a part does as "
            "well as the whole, the rest of the method adds nothing to accuracy.",
            controls_say(controls),
        ),
        tables=present(
            parts_table(context, over_settings(controls, context.plan.confidence)),
            control_table(context, controls),
        ),
    )
