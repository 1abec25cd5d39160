"""Whatever is in a study, a record, a command line or a plugin: a clear line each, nothing lost."""

import base64
import json
import pickle
import re
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bench import run, running
from bench.arguments import STUDY_OPTIONS, overrides
from bench.command import run_command
from bench.records import frame
from bench.records.store import RecordStore, digest_of, read_record
from bench.reporting import analysed
from bench.study.loading import build_study, load_study
from noprop_core import registry
from noprop_core.errors import UserError
from reports.formats.formats import render_as

OLDER = Path(__file__).parent / "records_of_older_schemas"
WHOLE = settings(
    max_examples=150, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.sampled_from(["", "0-5", "9-1", "<b>", "[/no]", "\x1b[2J", "../../x", "a\nb"]),
    st.sampled_from([2**63, -1, 1e400]),
)  # fmt: skip
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)  # fmt: skip


def one_clear_line_each(error: UserError) -> None:
    lines = str(error).splitlines()
    assert lines
    for line in lines:
        assert line.strip()
        assert line.isprintable(), ascii(line)
        assert len(line) < 2000


def paths_in(content, here=()):
    """Return the way to every value inside `content`."""
    yield here
    if isinstance(content, dict | list):
        items = content.items() if isinstance(content, dict) else enumerate(content)
        for key, value in items:
            yield from paths_in(value, (*here, key))


def replaced(content, way, value):
    if not way:
        return value
    copy = content.copy()
    copy[way[0]] = replaced(content[way[0]], way[1:], value)
    return copy


@pytest.fixture(scope="module")
def good_record(record):
    """Return a good record's content, as it is on disk but for its digest."""
    return json.loads(record().model_dump_json())


@WHOLE
@given(data=st.data())
def test_a_changed_record_is_read_or_refused_in_one_line(good_record, tmp_path_factory, data):
    way = data.draw(st.sampled_from(list(paths_in(good_record))))
    content = replaced(good_record, way, data.draw(anything))
    if data.draw(st.booleans()) and isinstance(content, dict):  # by somebody who knows the digest
        content["digest"] = digest_of(content)
    path = tmp_path_factory.mktemp("record") / "records" / "a.json"
    path.parent.mkdir()
    path.write_text(json.dumps(content))
    before = path.read_bytes()
    store = RecordStore(path.parents[1])
    try:
        records = store.load()
    except UserError as error:
        one_clear_line_each(error)
    else:
        assert len(frame.runs_frame(records)) == 1
        frame.epochs_frame(records)
        frame.controls_frame(records)
    assert path.read_bytes() == before


@WHOLE
@given(text=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
@example(b"[" * 100_000)
@example(b"1" * 5_000)
@example(b'{"schema_version": 1e999}')
@example(b'{"schema_version": ' + b"9" * 4_000 + b"}")
@example(pickle.dumps(print))
def test_bytes_that_are_no_record_are_one_line(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("record") / "a.json"
    path.write_bytes(text)
    with pytest.raises(UserError) as caught:
        read_record(path)
    one_clear_line_each(caught.value)
    assert path.read_bytes() == text


@WHOLE
@given(cut=st.integers(min_value=0))
def test_a_record_cut_short_anywhere_is_one_line(good_record, tmp_path_factory, cut):
    whole = json.dumps(good_record | {"digest": digest_of(good_record)}, indent=1)
    path = tmp_path_factory.mktemp("record") / "a.json"
    path.write_text(whole[: cut % len(whole)])
    with pytest.raises(UserError) as caught:
        read_record(path)
    one_clear_line_each(caught.value)


@pytest.mark.parametrize(
    ("way", "value"),
    [(("test_accuracies",), [0.99, 0.99]), (("epochs", 0, "seconds"), 0.1), (("position",), 5)],
    ids=str,
)
def test_a_number_changed_by_hand_is_noticed(good_record, tmp_path, way, value):
    digest = digest_of(good_record)
    path = tmp_path / "a.json"
    path.write_text(json.dumps(good_record | {"digest": digest}))
    assert read_record(path).position == 0
    path.write_text(json.dumps(replaced(good_record, way, value) | {"digest": digest}))
    with pytest.raises(UserError, match="was changed after it was written"):
        read_record(path)


def test_a_record_under_another_cell_s_name_is_not_taken_for_it(record, cell, tmp_path):
    store = RecordStore(tmp_path)
    mine, other = store.save(record()), cell(seed=9)
    mine.rename(store.path_of(other))
    with pytest.raises(UserError, match="is the record of another cell"):
        store.find(other)


def test_a_record_whose_cell_was_changed_has_the_wrong_id(good_record, tmp_path):
    content = replaced(good_record, ("cell", "seed"), 5)
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content | {"digest": digest_of(content)}))
    with pytest.raises(UserError, match="cell_id is "):
        read_record(path)


@WHOLE
@given(data=st.data())
def test_a_changed_study_is_built_or_refused_a_line_per_problem(tiny, data):
    way = data.draw(st.sampled_from([way for way in paths_in(tiny) if way]))
    content = replaced(tiny, way, data.draw(anything))
    if data.draw(st.booleans()):
        content = content | {data.draw(st.text(max_size=10)): data.draw(anything)}
    try:
        build_study(content, "study.toml")
    except UserError as error:
        one_clear_line_each(error)


@WHOLE
@given(text=st.one_of(st.text(max_size=200).map(str.encode), st.binary(max_size=200)))
@example(b"a = " + b"[" * 10_000)
@example(b"seeds = " + b"9" * 5_000)
def test_bytes_that_are_no_study_are_refused(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("study") / "a.toml"
    path.write_bytes(text)
    with pytest.raises(UserError) as caught:
        load_study(str(path))
    one_clear_line_each(caught.value)


@WHOLE
@given(given_=st.fixed_dictionaries({}, optional=dict.fromkeys(
    ("methods", "dataset", "seeds", "batch_sizes", "timesteps", "epochs", "budget", "keep"),
    st.text(max_size=30) | st.sampled_from(["convergence,", "seconds=inf", "epochs=9=9"])
)))  # fmt: skip
def test_values_on_a_command_line_are_read_or_refused(given_):
    try:
        load_study("quick", overrides(given_))
    except UserError as error:
        one_clear_line_each(error)


@WHOLE
@given(words=st.lists(
    st.one_of(st.sampled_from(["--list", *STUDY_OPTIONS]), st.text(max_size=12)), max_size=5
))  # fmt: skip
def test_a_command_line_of_anything_is_exit_code_2_or_a_run(words, monkeypatch_module, capsys):
    ran = []
    monkeypatch_module.setattr(running, "run_study", lambda *w, **s: ran.append(w) or run_nothing())
    try:
        code = run_command(lambda: run.main(words))
    except SystemExit as stop:  # argparse
        code = stop.code
    assert code in (0, 2)
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert code == 0 or err.strip()


def run_nothing():
    from bench.runner import Outcome

    return Outcome()


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


PLUGINS = {
    "raises": "raise ValueError('at import\\nof it\\x1b[2J')",
    "exits": "import sys; sys.exit(3)",
    "no_class": "Method = 5",
    "syntax": "def broken(:",
    "imports": "import a_package_that_is_not_there",
    "recursion": "def f(): f()\nf()",
    "no_config": (
        "from noprop_core.methods.classifier import Classifier\n"
        "class Method(Classifier):\n    name = 'x'\n    Config = 5\n"
    ),
}


@pytest.mark.parametrize("name", PLUGINS)
def test_a_plugin_that_does_not_load_is_one_line(command, tmp_path, monkeypatch, name, study_file):
    (tmp_path / f"plugin_{name}.py").write_text(PLUGINS[name])
    monkeypatch.syspath_prepend(tmp_path)
    path = study_file(methods=["classifier", f"plugin_{name}:Method"], baseline="classifier")
    answer = command("--study", path, "--results", tmp_path / "r", "--isolation", "none")
    assert answer.code == 2
    [line] = answer.errors
    assert f"plugin_{name}:Method" in line
    assert line.isprintable()
    assert not (tmp_path / "r").exists()


def test_an_entry_point_that_fails_does_not_hide_other_problems(command, study_file, monkeypatch):
    class Broken:
        names = ("broken",)

        def __getitem__(self, name):
            return type("Point", (), {"value": "a_package_that_is_not_there:Method"})

    monkeypatch.setattr(registry, "entry_points", lambda group: Broken())
    path = study_file(methods=["classifier", "broken", "nonsense"], baseline="classifier",
                      options={"widht": 0.5})  # fmt: skip
    errors = command("--study", path).errors
    assert any("'a_package_that_is_not_there:Method' cannot be loaded" in e for e in errors)
    assert any("nonsense" in e for e in errors)
    assert any("widht" in e for e in errors)


HOSTILE = "<script>alert('x')</script>[/bold]{{ 7 * 7 }}$x_1$"


def test_names_with_markup_are_text_in_the_report(record, study, cell, tmp_path):
    named = cell(method=f"classifier/{HOSTILE}", timesteps=None)
    again = cell(method=f"classifier/{HOSTILE}", timesteps=None, seed=1)
    store = RecordStore(tmp_path / "tiny")
    store.save_study(study(description=HOSTILE))
    store.save(record(named, study=HOSTILE, data_checksum=HOSTILE))
    store.save(record(again, status="error", failure=HOSTILE))
    html = render_as("html", analysed(store)[0])
    # The page's own script, the one that its policy names by hash, and no other.
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", html, re.DOTALL)
    hashes = [base64.b64encode(sha256(text.encode()).digest()).decode() for text in scripts]
    assert re.findall(r"script-src 'sha256-([^']+)'", html) == hashes
    assert html.replace("".join(scripts), "").count("<script") == len(scripts)
    assert HOSTILE not in html
    assert "&lt;script&gt;" in html
    assert "{{ 7 * 7 }}" in html
    assert "49" not in html.partition("</head>")[2].partition("{{")[0][-40:]


def test_loading_records_never_unpickles(monkeypatch, good_record, tmp_path):
    for module in ("pickle",):
        for name in ("loads", "load", "Unpickler"):
            monkeypatch.setattr(f"{module}.{name}", lambda *words, **settings: 1 / 0)
    path = tmp_path / "a.json"
    path.write_text(json.dumps(good_record | {"digest": digest_of(good_record)}))
    assert read_record(path).status == "ok"
