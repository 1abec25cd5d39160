"""The page of all methods is what the methods declare."""

from pathlib import Path

import pytest

from noprop_core import catalogue, registry

PAGE = Path(__file__).parents[2] / "docs" / "methods.md"


def test_the_page_is_up_to_date() -> None:
    text = PAGE.read_text("utf-8")
    content = catalogue.page(registry.built_in().values())
    assert catalogue.written_into(text, content) == text, (
        "docs/methods.md is behind the code: python -m noprop_core.catalogue docs/methods.md"
    )


def test_a_page_is_written_in_its_place_and_the_rest_stays(tmp_path, capsys) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{catalogue.BEGINS}\nstale words\n{catalogue.ENDS}\nafter\n", "utf-8")
    assert catalogue.main([str(page)]) == 0
    text = page.read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "stale words" not in text
    assert catalogue.main([]) == 0
    assert capsys.readouterr().out.strip() in text


def test_a_page_without_a_place_for_it_is_left_alone(tmp_path) -> None:
    with pytest.raises(ValueError, match="no place for the catalogue"):
        catalogue.written_into("text", "content")


@pytest.mark.parametrize("name", registry.built_in())
def test_every_option_of_every_method_is_on_the_page(name: str) -> None:
    method = registry.find(name)
    section = catalogue.section(method)
    for option, value, meaning in catalogue.options(method.Config()):
        assert f"| {option} | {value} | " in section
        assert meaning
    for text in (*method.exact, *method.deviations, *method.left_open.values()):
        assert text.replace("|", r"\|") in section
