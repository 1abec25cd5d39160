"""Lists and ranges of numbers, and lists of names, as a command line gives them."""

from hypothesis import given
from hypothesis import strategies as st

from bench.study.ranges import parse_integers, parse_names


@given(st.lists(st.integers(0, 500), min_size=1, max_size=20))
def test_a_list_of_numbers_reads_back(values):
    assert parse_integers(",".join(map(str, values))) == values
    assert parse_integers(" , ".join(f" {v} - {v + 2} " for v in values)) == [
        w for v in values for w in (v, v + 1, v + 2)
    ]


@given(st.integers(0, 2**63 - 1))
def test_every_seed_that_a_study_may_have_can_be_typed(seed):
    assert parse_integers(str(seed)) == parse_integers(f"{seed}-{seed}") == [seed]


@given(st.text())
def test_any_text_is_a_list_of_numbers_or_a_value_error(text):
    try:
        values = parse_integers(text)
    except ValueError:
        return
    assert values
    assert all(isinstance(v, int) and v >= 0 for v in values)


def test_names_are_cut_at_commas_and_blanks_dropped():
    assert parse_names(" a, b ,,c ") == ["a", "b", "c"]
