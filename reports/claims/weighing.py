"""Evidence becomes verdicts: the tests that decide share alpha, whichever claim they are of."""

from collections.abc import Sequence
from dataclasses import replace

from reports.claims.evidence import (
    STEADY,
    Claim,
    Claimed,
    Evidence,
    Measure,
    gain_says,
    outcome_of,
    steadiness_says,
)
from reports.input.plan import Plan
from reports.statistics.equivalence import Verdict
from reports.statistics.family import judge_family

HIGHER_IS_BETTER = (Measure.ACCURACY,)


def weigh(evidence: Sequence[Evidence], plan: Plan) -> tuple[Claimed, ...]:
    """Judge all evidence, and every claim by what decides it.

    What the study's answer judges is taken from there. All other tests that decide are one family
    under Holm's method; what stands beside is judged by itself. Bytes are counted, not tested:
    they come with what they say.
    """
    judged = list(evidence)
    open_to_test = [
        i for i, e in enumerate(evidence) if not e.answered and e.measure is not Measure.SENT
    ]
    deciding = [i for i in open_to_test if evidence[i].decides]
    for family in (deciding, *([i] for i in open_to_test if not evidence[i].decides)):
        _judge(judged, family, plan)
    return tuple(
        Claimed(
            claim,
            outcome_of([e for e in judged if e.claim is claim and e.decides]),
            tuple(sorted((e for e in judged if e.claim is claim), key=lambda e: not e.decides)),
        )
        for claim in Claim
    )


def _judge(evidence: list[Evidence], family: Sequence[int], plan: Plan) -> None:
    effects = [evidence[i].paired for i in family]
    # Which way is better changes the verdict of a member, and no p-value of the family.
    either = {
        higher: judge_family(effects, higher_is_better=higher, alpha=plan.alpha, power=plan.power)
        for higher in (True, False)
    }
    for place, i in enumerate(family):
        found = either[evidence[i].measure in HIGHER_IS_BETTER][place]
        verdict = found.judgement.verdict
        says = (steadiness_says if evidence[i].measure in STEADY else gain_says)(verdict)
        is_equal = verdict is Verdict.EQUIVALENT
        p = found.adjusted.equivalence_p if is_equal else found.adjusted.p
        evidence[i] = replace(evidence[i], says=says, p=p)
