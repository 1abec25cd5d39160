"""Files for others to read: whole or not at all, and never in place of what is no file."""

import errno
import os
import stat

import pandas as pd
import pytest

from reports.files.output import whole_file, write_whole
from reports.files.spreadsheets import as_text, plain


def test_a_file_is_written_whole_with_the_permissions_that_are_usual(tmp_path):
    path = tmp_path / "new" / "page.html"
    write_whole("one", path)
    usual = tmp_path / "usual"
    usual.touch()
    assert (path.read_text(), path.stat().st_mode) == ("one", usual.stat().st_mode)
    path.chmod(0o640)
    write_whole("two", path)
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("two", 0o640)
    assert list(path.parent.iterdir()) == [path]


def test_an_interrupted_write_leaves_what_was_there(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("old")

    def write_half():
        with whole_file(path) as written:
            written.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert (path.read_text(), list(tmp_path.iterdir())) == ("old", [path])


def test_a_file_is_replaced_where_nobody_sets_permissions(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")

    def refuse(*words, **more):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "chmod", refuse)
    write_whole("new", path)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [(path.name, "new")]


def test_a_link_stays_one_and_what_it_leads_to_is_written(tmp_path):
    target, link = tmp_path / "elsewhere" / "page.html", tmp_path / "page.html"
    link.symlink_to(target)  # which does not exist yet
    write_whole("one", link)
    write_whole("two", link)
    assert link.is_symlink()
    assert target.read_text() == "two"
    assert list(target.parent.iterdir()) == [target]


def test_a_link_to_itself_is_refused(tmp_path):
    link = tmp_path / "page.html"
    link.symlink_to(link)
    with pytest.raises(OSError, match=r"leads back to itself|symbolic links"):
        write_whole("text", link)
    assert link.is_symlink()


def test_a_device_stays_a_device(tmp_path):
    device = tmp_path / "null"
    try:
        os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        device.open("wb").close()
    except PermissionError:
        pytest.skip("needs the privilege to make and open a device")
    write_whole("text", device)
    assert stat.S_ISCHR(device.stat().st_mode)
    assert list(tmp_path.iterdir()) == [device]


def test_a_pipe_is_written_into(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="is a named pipe that nobody reads"):
        write_whole("text", pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole("text", pipe)
    assert os.read(reader, 100) == b"text"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_name_that_is_no_utf_8_is_written_escaped(tmp_path):
    write_whole("a \udcff b", tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text() == r"a \udcff b"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_text_is_never_a_formula(text):
    assert plain(text) == f"'{text}"
    frame = pd.DataFrame({"text": [text, "a=b", None], "number": [-1.5, 2.0, None]})
    frame["count"] = pd.array([-1, 2, None], dtype="Int64")
    shown = as_text(frame)
    assert shown["text"].tolist()[:2] == [f"'{text}", "a=b"]
    pd.testing.assert_frame_equal(shown.drop(columns="text"), frame.drop(columns="text"))
