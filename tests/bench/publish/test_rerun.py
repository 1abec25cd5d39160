"""Seeds of a published result run again: equal to the bit, or it says why nothing is compared."""

import json

import pytest

from bench import rerun
from bench.publish.result import result_in
from bench.records.packed import packed, unpacked
from bench.records.store import digest_of
from bench.rerunning import compare


def changed(folder, change):
    """Change every record of a published result, digests included."""
    archive = folder / "records.tar.xz"
    files = unpacked(archive)
    own = "tiny/records/"
    for name in [name for name in files if name.startswith(own)]:
        content = json.loads(files[name])
        content.pop("digest")
        change(content)
        content["digest"] = digest_of(content)
        files[name] = json.dumps(content, indent=1).encode()
    archive.write_bytes(packed(files))


def test_two_seeds_run_again_are_equal_to_those_published(tiny_result, command, tmp_path):
    words = (tiny_result, "--seeds", "0,1", "--results", tmp_path / "r", "--isolation", "none")
    answer = command(*words, main=rerun.main)
    assert answer.code == 0
    [line] = [line for line in answer.out.splitlines() if "published" in line]
    assert line.startswith("6 of 6 runs equal to the published")
    assert (tmp_path / "r" / "tiny+again" / "records").is_dir()

    def other(content):
        content["test_accuracies"] = [value * 0.5 for value in content["test_accuracies"]]

    changed(tiny_result, other)
    answer = command(*words, main=rerun.main)  # runs nothing anew
    assert answer.code == 1
    assert "0 of 6 runs equal" in answer.out
    assert "classifier-digits-b64-s0: test accuracy" in answer.err

    def elsewhere(content):
        content["environment"]["torch"] = "2.0.0"

    changed(tiny_result, elsewhere)
    answer = command(*words, main=rerun.main)
    assert answer.code == 0
    assert "6 runs not comparable: torch: 2.0.0 then" in answer.out
    assert "equal" not in answer.out


def test_every_number_of_every_epoch_counts(tiny_result):
    [published, *_] = result_in(tiny_result).records
    [same] = compare([published], [published])
    assert (same.unlike, same.differs) == ((), ())
    last = published.epochs[-1].model_copy(
        update={"train_loss": published.epochs[-1].train_loss + 1e-9}
    )
    made = published.model_copy(update={"epochs": [*published.epochs[:-1], last]})
    [found] = compare([published], [made])
    assert found.differs[0].startswith("first unequal in epoch 2")
    [found] = compare([published], [published.model_copy(update={"epochs": published.epochs[:1]})])
    assert found.differs == ("2 epochs then, 1 now",)
    cell = published.cell.model_copy(update={"inference_repeats": 9})
    other = published.model_copy(update={"cell": cell})
    [found] = compare([other], [published])
    assert "default has changed" in found.differs[0]
    [found] = compare([], [published])
    assert (found.unlike, found.differs) == (("no such run was published",), ())


@pytest.mark.parametrize(
    ("name", "value"),
    [("cpu_capability", "NEON"), ("cpu_capability", ""), ("torch", "1"), ("threads", 7)],
)
def test_other_surroundings_compare_nothing(tiny_result, name, value):
    [published, *_] = result_in(tiny_result).records
    place = published.environment.model_copy(update={name: value})
    [found] = compare([published.model_copy(update={"environment": place})], [published])
    assert len(found.unlike) == 1
    assert not found.differs


@pytest.mark.parametrize(
    ("then", "now", "comparable"),
    [("family 25", "family 26", False), ("family 25", "family 25", True), ("", "family 26", True)],
)
def test_unequal_numbers_of_another_processor_are_not_compared(tiny_result, then, now, comparable):
    [published, *_] = result_in(tiny_result).records
    before, after = (
        published.model_copy(
            update={
                "environment": published.environment.model_copy(update={"processor_model": model})
            }
        )
        for model in (then, now)
    )
    [equal] = compare([before], [after])
    assert (equal.unlike, equal.differs) == ((), ())
    [found] = compare([before], [after.model_copy(update={"epochs": after.epochs[:1]})])
    assert bool(found.differs) is comparable
    assert bool(found.unlike) is not comparable
    if not comparable:
        assert found.unlike[0].startswith("unequal on another processor: ")


@pytest.mark.parametrize(
    "words",
    [("--seeds", "9"), ("--timesteps", "3"), ("--methods", "dfa"), ("--seeds", "x")],
)
def test_what_was_not_published_is_one_line(tiny_result, command, words, tmp_path):
    answer = command(tiny_result, *words, "--results", tmp_path / "r", main=rerun.main)
    assert (answer.code, len(answer.errors)) == (2, 1)
    assert not (tmp_path / "r").exists()
