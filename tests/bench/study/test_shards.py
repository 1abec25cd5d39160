"""Parts of a study: every cell in exactly one, whole seeds in each, and the same on any machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.study.cells import expand
from bench.study.shards import Shard


@pytest.fixture(scope="module")
def cells(study):
    declared = study(datasets=["digits", "mnist"], seeds="0-4", batch_sizes=[16, 64])
    return expand(declared, "cpu")


@given(of=st.integers(1, 12))
def test_every_cell_is_in_one_part_and_a_seed_on_a_data_set_is_whole(cells, of):
    parts = [Shard((part,), of).of_cells(cells) for part in range(1, of + 1)]
    assert sorted(c.id for part in parts for c in part) == sorted(c.id for c in cells)
    groups = [{(c.seed, c.dataset) for c in part} for part in parts]
    assert sum(map(len, groups)) == len(set.union(*groups)) == 10
    assert max(map(len, groups)) - min(map(len, groups)) <= 1
    assert all(part == [c for c in cells if c in part] for part in parts)


def test_a_fast_machine_may_take_several_parts(cells):
    most, rest = Shard.parse("1-3/4"), Shard.parse("4/4")
    assert (str(most), str(rest)) == ("1-3/4", "4/4")
    assert len(most.of_cells(cells)) + len(rest.of_cells(cells)) == len(cells)
    assert len(most.of_cells(cells)) == 4 * len(rest.of_cells(cells))  # 8 groups of 10, and 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2", "'2' is no part such as 2/4"), ("2/x", "is no part"), ("2/0", "is no part"),
        ("0/4", "parts are counted from 1 to 4"), ("3-5/4", "parts are counted from 1 to 4"),
        ("a/4", "is no list of whole numbers"), ("/4", "is no list of whole numbers"),
    ],
)  # fmt: skip
def test_what_is_no_part_is_one_line(command, study_file, text, words):
    [error] = command("--study", study_file(), "--isolation", "none", "--shard", text).errors
    assert error.startswith("--shard: ")
    assert words in error


def test_parts_run_apart_make_one_study_that_the_report_reads(command, study_file, tmp_path, study):
    path = study_file(methods=["classifier", "backprop-mlp"], baseline="classifier", seeds="0-2")
    words = ("--study", path, "--device", "cpu", "--isolation", "none", "--results", tmp_path)
    counts = []
    for part in ("1/2", "2/2"):
        answer = command(*words, "--shard", part)
        assert answer.code == 0
        counts.append(answer.out.split(" cells run")[0])
    assert counts == ["4 of 4", "2 of 2"]
    assert command(*words).out.startswith("0 of 6 cells run")
