"""What the tests of studies share: what is wrong with a study that was changed."""

import pytest

from bench.study.loading import load_study
from bench.study.problems import InvalidInput


@pytest.fixture
def problems(study_file):
    """Return what is wrong with the tiny study after changes, without the file's name."""

    def find(**changes):
        path = study_file(**changes)
        with pytest.raises(InvalidInput) as caught:
            load_study(str(path))
        lines = str(caught.value).splitlines()
        assert len(lines) == len(caught.value.problems), lines
        assert all(line.startswith(f"{path.name}: ") for line in lines), lines
        return [line.removeprefix(f"{path.name}: ") for line in lines]

    return find
