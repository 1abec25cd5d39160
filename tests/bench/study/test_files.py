"""A file that holds no study is one line, whatever it holds instead."""

import io
import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.study import loading
from bench.study.loading import load_study
from bench.study.problems import InvalidInput
from bench.study.study import Study
from noprop_core import registry
from noprop_core.datasets import table
from noprop_core.errors import UnknownName, UserError


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seeds = [0", "(at end of document)"),
        ("\n\nseeds = = 1", "at line 3"),
        ("seeds = 0\nseeds = 1", "overwrite"),
        ("= 3", "at line 1"),
        ("seeds = " + "[" * 9000, ""),
    ],
    ids=["end", "sign", "line 3", "twice", "nested too deep"],
)
def test_malformed_toml_is_one_line_with_the_place(tmp_path, text, said):
    path = tmp_path / "broken.toml"
    path.write_text(text)
    with pytest.raises(InvalidInput) as caught:
        load_study(str(path))
    [line] = str(caught.value).splitlines()
    assert line.startswith(f"{path}: cannot be read: ")
    assert said in line


def test_text_that_is_no_utf_8_is_one_line(tmp_path):
    path = tmp_path / "latin.toml"
    path.write_bytes(b'description = "caf\xe9"')
    with pytest.raises(InvalidInput, match="cannot be read: ") as caught:
        load_study(str(path))
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("make", [lambda path: None, Path.mkdir], ids=["missing", "a folder"])
def test_a_file_that_is_none_is_one_line(tmp_path, make):
    path = tmp_path / "there.toml"
    make(path)
    with pytest.raises(InvalidInput, match="cannot be read: ") as caught:
        load_study(str(path))
    assert len(str(caught.value).splitlines()) == 1


def test_an_unknown_study_is_told_the_nearest():
    with pytest.raises(UnknownName, match=r"unknown study 'quikc'; did you mean 'quick'\?"):
        load_study("quikc")


KEYS = [*Study.model_fields, "epochs", "accuracy_pp", "width", "optimizer", "learning_rate", "eta"]
LETTERS = string.ascii_letters + string.digits + " .,-_/:\n\t\x00é∂"
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-3, 300),
    st.integers(),
    st.floats(),
    st.text(LETTERS, max_size=8).filter(lambda text: ":" not in text),
    st.sampled_from([*table.DATASETS, *registry.names(), "0-3", "2,4", ":", "json:loads"]),
    st.datetimes(),
    st.dates(),
    st.times(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=5)), inner, max_size=4),
    ),
    max_leaves=8,
)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    changes=st.dictionaries(
        st.one_of(st.sampled_from(KEYS), st.text(LETTERS, max_size=6)), VALUES, max_size=6
    ),
    removed=st.sets(st.sampled_from(KEYS), max_size=2),
)
def test_whatever_a_file_holds_it_is_a_study_or_a_list_of_problems(
    monkeypatch, tmp_path, tiny, changes, removed
):
    content = {k: v for k, v in (tiny | changes).items() if k not in removed}
    monkeypatch.setattr(loading.tomllib, "load", lambda file: dict(content))
    path = tmp_path / "any.toml"
    path.touch()
    try:
        study = load_study(str(path))
    except UserError as error:
        assert str(error)
    else:
        assert Study.model_validate_json(study.model_dump_json()) == study


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=40) | st.text(LETTERS + '=[]"{}', max_size=40).map(str.encode))
def test_whatever_bytes_a_file_holds_it_is_a_study_or_a_list_of_problems(data):
    class Held:
        name, stem = "any.toml", "any"

        def exists(self):
            return True

        def is_file(self):
            return True

        def open(self, mode):
            return io.BytesIO(data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "path_of", lambda reference: Held())
        with pytest.raises(UserError):
            load_study("any.toml")
