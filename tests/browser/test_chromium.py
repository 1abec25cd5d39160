"""Without a browser the tests say what to do; the installer never fails, and says what it did."""

from __future__ import annotations

import subprocess

import chromium
import install_chromium
import pytest


def finished(code, error=""):
    return lambda command, **_: subprocess.CompletedProcess(command, code, "", error)


@pytest.fixture(autouse=True)
def no_chromium(monkeypatch):
    monkeypatch.setattr(chromium, "path", lambda: None)


def test_what_is_missing_is_named_with_what_to_run(monkeypatch):
    assert "Chromium" in chromium.what_is_missing()
    monkeypatch.setattr(chromium, "PACKAGES", ("a_package_that_is_not_there",))
    missing = chromium.what_is_missing()
    assert missing.startswith("needs a_package_that_is_not_there and Chromium")
    assert "tox run -e browser" in missing


def test_nothing_is_missing_where_all_is_there(monkeypatch):
    monkeypatch.setattr(chromium, "PACKAGES", ("pytest",))
    monkeypatch.setattr(chromium, "path", lambda: "/usr/bin/chromium")
    assert chromium.what_is_missing() is None


@pytest.mark.parametrize(
    ("user", "apt", "run", "says"),
    [
        (1000, "/usr/bin/apt-get", finished(0), "no apt-get as root"),
        (0, None, finished(0), "no apt-get as root"),
        (0, "/usr/bin/apt-get", finished(100, "reading\nE: no network\n"), "(E: no network)"),
        (0, "/usr/bin/apt-get", finished(0), "not on the PATH"),
    ],
)
def test_what_cannot_be_installed_is_said_in_one_line(monkeypatch, capsys, user, apt, run, says):
    monkeypatch.setattr("os.geteuid", lambda: user)
    monkeypatch.setattr("shutil.which", lambda _: apt)
    monkeypatch.setattr("subprocess.run", run)
    assert install_chromium.main() == 0
    [line] = capsys.readouterr().out.splitlines()
    assert says in line
    assert "run this again" in line


def test_what_was_installed_is_said(monkeypatch, capsys):
    asked = []

    def run(command, **_):
        asked.append(command)
        monkeypatch.setattr(chromium, "path", lambda: "/usr/bin/chromium")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/apt-get")
    monkeypatch.setattr("subprocess.run", run)
    assert install_chromium.main() == 0
    assert [command[1] for command in asked] == ["update", "install"]
    assert capsys.readouterr().out == "installed /usr/bin/chromium\n"
