"""The section on the claims."""

from collections.abc import Sequence

from reports.claims.evidence import Claimed
from reports.claims.table import evidence_tables, verdict_table
from reports.claims.words import claim_says, outcomes_say, titles
from reports.display.view import Section
from reports.input.context import Context


def claims_section(context: Context, claims: Sequence[Claimed]) -> Section:
    """Every claim with its verdict, evidence and limits; empty where the study names none."""
    if not claims:
        return Section("claims", "")
    return Section(
        "claims",
        "The four claims, and what they rest on",
        paragraphs=(outcomes_say(claims),),
        items=tuple((titles(c, place), claim_says(c)) for place, c in enumerate(claims, start=1)),
        tables=(verdict_table(claims), *evidence_tables(context, claims)),
    )
