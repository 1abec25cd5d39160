"""README's blocks: the answer on its first screen, and what the chain does."""

from collections.abc import Sequence
from pathlib import Path

from bench.publish.against import ENSEMBLE, LOCAL, against_backprop
from bench.publish.answer_page import STUDIES
from bench.publish.pictures import figure_path
from bench.publish.result import RESULTS
from bench.publish.said import Said, first_limit, found_words
from bench.publish.unmeasured import unmeasured
from bench.publish.what_ran import what_ran
from bench.readme_block import answer_of, filled, named
from bench.readme_reference import Reference, read_reference
from reports.claims.words import BESIDE
from reports.display.words import join
from reports.formats.markdown import as_text

ANSWER = "docs/answer.md"
QUICK = Path("docs") / "measured" / "quick.json"
PICTURE = (
    "![A report: what each method changes, with effect, interval and verdict](docs/report.png)"
)
PARTS = (LOCAL, "blocks-without-z", "classifier", "classifier/longer")
"""Those of the study `chain` that README tells of."""
QUESTION = (
    "**Is it better than back-propagation?** NoProp, and as many plain classifiers trained apart, "
    "paired by seed, with 95 % intervals and verdicts:"
)
WHY = (
    "That is no bug: the chain *draws* a label, and a draw is less often right than the most "
    "probable one ([the chain](docs/chain.md))."
)


def first_screen(said: Sequence[Said], root: Path) -> str | None:
    """Return README's answer: picture, a sentence per claim, what was not measured.

    Without a result that judges the claims it is what README's own study says, and that no claim
    has been judged; `None` where that has no reference either.
    """
    judged = [each for each in said if each.claims]
    if judged:
        return _judged(judged[0], said, root)
    path = root / QUICK
    return _so_far(read_reference(path), said) if path.is_file() else None


def chain(said: Sequence[Said]) -> str | None:
    """Return what the chain of T steps does, by the claim about it or the study `chain`."""
    about = next((item for each in said for item in each.claims if "chain" in item[0]), None)
    studies = [
        each
        for each in said
        if each.result.study.baseline == ENSEMBLE and LOCAL in each.result.study.methods
    ]
    head = "**Does the chain of T steps do anything?**"
    if studies:
        own = studies[0].result
        sentences = studies[0].accuracy_sentences()
        ran = {record.cell.timesteps for record in own.records} - {None}
        steps = join([str(t) for t in own.study.timesteps if t in ran])
        text = (
            f"{head} The study [`{own.name}`]({own.folder.as_posix()}/README.md) "
            f"({join(own.study.datasets)}, T = {steps}) compares `{LOCAL}` with T plain "
            "classifiers of a block's size whose probabilities are averaged, at equal FLOPs:"
        )
        lines = [filled(f"- {named(m, s)}", "  ") for m, s in sentences if m in PARTS]
        worse = any(m == LOCAL and "worse in test accuracy" in s for m, s in sentences)
        return "\n\n".join([filled(text), "\n".join(lines), *([WHY] if worse else [])])
    if about is not None:
        title, words = about
        why = f" {WHY}" if "refuted" in title else ""
        first = as_text(found_words(words).partition(";")[0].rstrip("."))
        verdict = title.rpartition(": ")[2].capitalize()
        return filled(f"{head} {verdict}. {first}; more [above](#noprop-bench).{why}")
    return None


def _judged(result: Said, said: Sequence[Said], root: Path) -> str:
    where = result.result
    picture = figure_path(where.name, "answer", "svg")
    shown = (
        [f"![{as_text(where.name)}: effects, intervals and verdicts]({picture.as_posix()})"]
        if (root / picture).is_file()
        else []
    )
    head = (
        f"**{as_text(result.outcomes)}** {what_ran(where, RESULTS.as_posix())} {where.days}, "
        f"{as_text(where.devices)}; [the whole answer]({ANSWER})."
    )
    lines = [
        filled(f"- **{_verdict(title)}.** {as_text(_evidence(text))} {_limit(text)}", "  ")
        for title, text in result.claims
    ]
    parts = [*shown, *_against(said), filled(head), "\n".join(lines), _open(said)]
    return "\n\n".join(parts)


def _against(said: Sequence[Said]) -> list[str]:
    """Return the mission's question with its answer on each data set that has one."""
    results = {each.result.name: each.result for each in said}
    table = against_backprop([results[name] for name in STUDIES if name in results])
    return [filled(QUESTION), "\n".join(table)] if table else []


def _evidence(text: str) -> str:
    """Return what decides a claim, of its text, without what was found beside it."""
    return found_words(text).partition(BESIDE)[0].strip()


def _open(said: Sequence[Said]) -> str:
    lacking = as_text(" ".join(unmeasured([each.result for each in said])))
    return filled(f"**Not measured.** {lacking}")


def _limit(text: str) -> str:
    limit = first_limit(text)
    return f"*{as_text(limit)}*" if limit else ""


def _verdict(title: str) -> str:
    """Return a claim's title without its number: `Parallel training: held up`."""
    return as_text(title.partition(". ")[2] or title)


def _so_far(quick: Reference, said: Sequence[Said]) -> str:
    study = quick.study
    answer = answer_of(quick)
    own = [s for m, s in (answer.sentences if answer else ()) if m == LOCAL]
    against = f"`{LOCAL}` against `{study.baseline}`"
    text = " ".join(named(LOCAL, sentence, against) for sentence in own)
    on_cpu = set(quick.runs["device"]) == {"cpu"} and not said  # else it stands below
    nowhere = "Nothing was run on a GPU. " if on_cpu else ""
    more = _open(said) if said else ""
    return "\n\n".join(
        filter(
            None,
            [
                PICTURE,
                filled(
                    "**What is claimed of NoProp has not been judged here yet**: no study of it "
                    f"has been [published](docs/results/README.md). Measured so far, on "
                    f"{join(study.datasets)} alone: {text} [More](#results). {nowhere}"
                ),
                more,
            ],
        )
    )
