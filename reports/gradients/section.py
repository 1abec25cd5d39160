"""The section on gradients over depth."""

from reports.display.selection import Selection
from reports.display.view import Section, present
from reports.gradients.estimates import Gradients
from reports.gradients.figure import norm_pictures
from reports.gradients.table import ratio_table, slope_table
from reports.gradients.words import slopes_say
from reports.input.context import Context


def gradients_section(context: Context, gradients: Gradients, selection: Selection) -> Section:
    """Whether gradients vanish or explode with depth; empty where none was measured."""
    if not gradients.counted:
        return Section("gradients", "")
    return Section(
        "gradients",
        "Do gradients vanish or explode with depth?",
        paragraphs=(
            "A network learns from gradients: for every weight, how to change it. Passed back "
            "through block after block they can get ever smaller (vanish) or larger (explode), so "
            "that the first blocks learn too little or too wildly. The norm is a gradient's size. "
            "The ratio compares the first block's with the last block's: 1 is alike, 0.01 means "
            "that the first block gets a hundredth. Where every block has a loss of its own, "
            "nothing is passed back from one to the other: a ratio far from 1 then says that these "
            "losses are not weighted or sized alike, and not that a signal was lost on the way.",
            *slopes_say(gradients.slopes),
        ),
        pictures=norm_pictures(context, gradients, selection),
        tables=present(
            slope_table(context, gradients.slopes), ratio_table(context, gradients.ratios)
        ),
    )
