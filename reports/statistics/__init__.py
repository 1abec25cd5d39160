"""Arrays in, estimates out: each room usable by itself, and knowing nothing of reports.

Every function takes plain arrays of finite numbers and returns a frozen value. What cannot be
computed is `None` with a reason beside it, never NaN, so that no page can print one.

To compare two methods, one value per seed each:

    effect = paired.paired_difference(candidate, baseline, margin=0.5)
    [judged] = family.judge_family([effect], higher_is_better=True)
    judged.judgement.verdict, judged.judgement.reason, effect.effect, effect.tests

Give `judge_family` all comparisons that share alpha. Times take `paired.paired_ratio`, times to a
target `censored.paired_time_to_target`. Beside them: `effect_size`, `power`, `equivalence`,
`multiplicity`, `aggregate` with `bootstrap`, `ranks`, `trends`.
"""
