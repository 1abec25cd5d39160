"""--precision and --deterministic, with `python -m bench.run` and with pytest alike."""

import pytest

from bench.records.store import RecordStore

ONE = ("--seeds", "0", "--methods", "classifier", "--epochs", "1", "--device", "cpu")


def test_another_precision_has_a_folder_of_its_own(command, study_file, tmp_path):
    words = (*ONE, "--isolation", "none", "--precision", "bf16", "--results", tmp_path)
    answer = command("--study", study_file(), *words)
    assert answer.code == 0
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert folder.name.endswith("+precision=bf16")
    store = RecordStore(folder)
    (record,) = store.load()
    assert record.numerics.autocast == "bfloat16"
    assert store.load_study().precision == "bf16"


def test_pytest_takes_them_too(study_session, study_file, tmp_path):
    words = (*ONE, "--isolation", "none", "--precision", "bf16", "--no-deterministic")
    answer = study_session("--study", study_file(), "--results", tmp_path, *words)
    assert answer.code == 0, answer.out
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert folder.name.endswith("+precision=bf16+deterministic=false")
    (record,) = RecordStore(folder).load()
    assert (record.cell.execution.precision, record.cell.execution.deterministic) == ("bf16", None)


def test_an_unknown_precision_is_one_line(command, study_file):
    answer = command("--precision", "fp8")
    assert answer.code == 2
    (line,) = answer.errors
    assert line.startswith("--precision: invalid choice: 'fp8' (choose from ")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"precision": "fp8"}, "precision: input should be 'fp32', 'tf32' or 'bf16', got 'fp8'"),
        ({"deterministic": "yes"}, "deterministic: input should be a valid boolean, got 'yes'"),
    ],
    ids=str,
)
def test_a_study_with_another_is_one_line(command, study_file, changes, said):
    answer = command("--study", study_file(**changes))
    assert answer.code == 2
    (line,) = answer.errors
    assert line == f"tiny.toml: {said}"
