"""Does a download survive what networks, servers, disks and other processes do to it?

Every test talks to a real server on the loopback interface.
"""

from __future__ import annotations

import hashlib
import http.server
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnn_utils.datasets import _files
from rnn_utils.datasets._files import DataError, File, find, locate, read

RIGHT = random.Random(0).randbytes(300_000)
WRONG = random.Random(1).randbytes(300_000)
NAME = "some_set/some file.bin"


class Server(http.server.ThreadingHTTPServer):
    """A server that keeps a log and misbehaves as a test tells it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.content = RIGHT
        self.ranges = True  # answers Range with 206
        self.refuses_ranges = False  # answers Range with 416
        self.shift = 0  # starts a range that much too early
        self.says_length = True
        self.status: dict[str, int] = {}  # by first folder of the path
        self.bodies: dict[str, bytes] = {}  # by first folder of the path
        self.cuts: list[int] = []  # bytes after which the next answers break off
        self.pause_at: int | None = None  # bytes after which to wait for `go_on`
        self.go_on = threading.Event()
        self.log: list[tuple[str, str | None]] = []  # path and Range of each request

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about clients that hang up: the tests kill some."""


class Answer(http.server.BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.log.append((self.path, asked))
        folder = self.path.split("/")[1]
        if (status := self.server.status.get(folder)) is not None:
            self.send_error(status)
            return
        if asked and self.server.refuses_ranges:
            self.send_error(416)
            return
        body = self.server.bodies.get(folder, self.server.content)
        start = 0
        if asked and self.server.ranges:
            start = int(asked.removeprefix("bytes=").removesuffix("-")) - self.server.shift
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        if self.server.says_length:
            self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        end = start + self.server.cuts.pop(0) if self.server.cuts else len(body)
        if self.server.pause_at is not None:
            self.wfile.write(body[start : self.server.pause_at])
            self.wfile.flush()
            start = max(start, self.server.pause_at)
            self.server.go_on.wait(60)
        self.wfile.write(body[start:end])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.go_on.set()
        made.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("RNN_UTILS_DATA", "RNN_UTILS_MIRROR"):
        monkeypatch.delenv(variable, raising=False)
    folder = tmp_path / "cache"
    monkeypatch.setenv("RNN_UTILS_CACHE", str(folder))
    return folder


def a_file(*bases: str) -> File:
    sha256 = hashlib.sha256(RIGHT).hexdigest()
    return File(NAME, tuple(f"{base}/file.bin" for base in bases), sha256, len(RIGHT))


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def leave_part(cache: Path, content: bytes) -> None:
    part = cache / f"{NAME}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(content)


def closed_port() -> str:
    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as gone:
        return f"http://127.0.0.1:{gone.server_port}"


def test_does_a_download_leave_the_right_file_and_nothing_else(server, cache):
    assert read(a_file(server.url)) == RIGHT
    assert files_in(cache) == {NAME: RIGHT}


def test_is_a_cached_file_not_asked_for_again(server):
    file = a_file(server.url)
    assert find(file) == find(file) == locate(file)
    assert len(server.log) == 1


def test_is_progress_shown(server, capsys):
    find(a_file(server.url))
    shown = capsys.readouterr()
    assert NAME in shown.err
    assert "300k" in shown.err
    assert shown.out == ""


def test_does_a_download_go_on_where_an_earlier_one_stopped(server, cache):
    leave_part(cache, RIGHT[:123_456])
    assert read(a_file(server.url)) == RIGHT
    assert server.log == [("/file.bin", "bytes=123456-")]
    assert files_in(cache) == {NAME: RIGHT}


def test_does_a_download_go_on_when_the_connection_breaks(server, cache):
    server.cuts = [100_000, 50_000]
    assert read(a_file(server.url)) == RIGHT
    assert [asked for _, asked in server.log] == [None, "bytes=100000-", "bytes=150000-"]
    assert files_in(cache) == {NAME: RIGHT}


def test_is_what_came_kept_for_the_next_call_when_the_server_gives_up(server, cache):
    server.cuts = [100_000, 0]
    with pytest.raises(DataError, match=r"broke after 100,000 of 300,000 bytes"):
        find(a_file(server.url))
    assert files_in(cache) == {f"{NAME}.part": RIGHT[:100_000]}
    assert read(a_file(server.url)) == RIGHT
    assert server.log[-1] == ("/file.bin", "bytes=100000-")


def test_does_a_server_that_breaks_off_for_ever_get_a_limited_number_of_tries(server):
    server.cuts = [1_000] * 100
    with pytest.raises(DataError, match=r"broke after 5,000 of 300,000 bytes"):
        find(a_file(server.url))
    assert len(server.log) == 5


def test_is_a_silent_server_given_up(server, monkeypatch):
    monkeypatch.setattr(_files, "_PATIENCE", 0.2)
    server.pause_at = 1_000
    with pytest.raises(DataError, match=r"broke after 1,000 of 300,000 bytes"):
        find(a_file(server.url))


@pytest.mark.parametrize(
    "quirk",
    [{"ranges": False}, {"refuses_ranges": True}, {"shift": 1}],
    ids=["ignores Range", "answers 416", "starts the range elsewhere"],
)
def test_does_a_download_start_over_when_the_server_can_not_go_on(server, cache, quirk):
    vars(server).update(quirk)
    leave_part(cache, RIGHT[:123_456])
    assert read(a_file(server.url)) == RIGHT
    assert server.log[0] == ("/file.bin", "bytes=123456-")
    assert files_in(cache) == {NAME: RIGHT}


@pytest.mark.parametrize(
    ("part", "requests"),
    [
        (WRONG[:123_456], ["bytes=123456-", None]),
        (WRONG, [None]),
        (RIGHT + b"x", [None]),
        (RIGHT, []),
        (b"", [None]),
    ],
    ids=["stale", "stale and whole", "too long", "whole and right", "empty"],
)
def test_is_an_old_part_only_used_when_it_is_right(server, cache, part, requests):
    leave_part(cache, part)
    assert read(a_file(server.url)) == RIGHT
    assert [asked for _, asked in server.log] == requests
    assert files_in(cache) == {NAME: RIGHT}


def test_are_wrong_bytes_refused_and_removed(server, cache):
    server.content = WRONG
    file = a_file(server.url)
    with pytest.raises(DataError) as caught:
        find(file)
    assert file.sha256 in str(caught.value)
    assert hashlib.sha256(WRONG).hexdigest() in str(caught.value)
    assert files_in(cache) == {}
    assert len(server.log) == 1


def test_are_wrong_bytes_after_an_old_part_fetched_once_more_and_then_refused(server, cache):
    server.content = WRONG
    leave_part(cache, RIGHT[:1_000])
    with pytest.raises(DataError, match="wrong bytes"):
        find(a_file(server.url))
    assert [asked for _, asked in server.log] == ["bytes=1000-", None]
    assert files_in(cache) == {}


@pytest.mark.parametrize("says_length", [True, False])
@pytest.mark.parametrize("content", [RIGHT + b"more", b"<html>Log in first</html>"])
def test_is_a_file_of_another_size_refused(server, cache, content, says_length):
    server.content = content
    server.says_length = says_length
    with pytest.raises(DataError, match=r"300,000 bytes"):
        find(a_file(server.url))
    assert not any(name == NAME for name in files_in(cache))
    server.content = RIGHT
    assert read(a_file(server.url)) == RIGHT
    assert files_in(cache) == {NAME: RIGHT}


def test_does_a_failure_name_the_address_the_folder_and_what_to_do(server, cache):
    server.status = {"file.bin": 404}
    with pytest.raises(DataError) as caught:
        find(a_file(server.url))
    message = str(caught.value)
    assert f"{server.url}/file.bin: the server answers 404 Not Found" in message
    assert str(cache / "some_set") in message
    assert "by hand" in message
    assert "RNN_UTILS_DATA" in message
    assert files_in(cache) == {}


def test_does_a_file_put_there_by_hand_count(server, cache):
    (cache / "some_set").mkdir(parents=True)
    (cache / NAME).write_bytes(RIGHT)
    assert read(a_file(server.url)) == RIGHT
    assert server.log == []


def test_is_a_missing_network_named():
    url = closed_port()
    with pytest.raises(DataError, match=rf"{url}/file.bin: no answer: Connection refused"):
        find(a_file(url))


def test_is_an_address_that_is_none_named():
    with pytest.raises(DataError, match=r"nonsense/file.bin: no answer"):
        find(a_file("nonsense"))


@pytest.mark.parametrize("trouble", ["404", "wrong bytes", "no network"])
def test_does_the_second_address_stand_in_for_the_first(server, cache, trouble):
    first = f"{server.url}/first"
    if trouble == "404":
        server.status = {"first": 404}
    elif trouble == "wrong bytes":
        server.bodies = {"first": WRONG}
    else:
        first = closed_port()
    assert read(a_file(first, f"{server.url}/second")) == RIGHT
    assert server.log[-1] == ("/second/file.bin", None)
    assert files_in(cache) == {NAME: RIGHT}


def test_does_a_failure_name_every_address(server):
    server.status = {"first": 404, "second": 503}
    with pytest.raises(DataError, match=r"(?s)/first/.* 404 .*/second/.* 503 "):
        find(a_file(f"{server.url}/first", f"{server.url}/second"))


def test_does_a_mirror_replace_every_address(server, monkeypatch):
    monkeypatch.setenv("RNN_UTILS_MIRROR", f"{server.url}/mirror/")
    assert read(a_file(closed_port())) == RIGHT
    assert server.log == [("/mirror/some_set/some%20file.bin", None)]


def test_are_wrong_bytes_in_the_cache_replaced(server, cache):
    (cache / "some_set").mkdir(parents=True)
    (cache / NAME).write_bytes(WRONG)
    assert locate(a_file(server.url)) is None
    assert read(a_file(server.url)) == RIGHT


def test_are_wrong_bytes_in_the_cache_removed_even_without_a_network(cache):
    (cache / "some_set").mkdir(parents=True)
    (cache / NAME).write_bytes(RIGHT[:-1])
    with pytest.raises(DataError, match="could not be downloaded"):
        find(a_file(closed_port()))
    assert files_in(cache) == {}


def test_is_the_data_root_read_before_cache_and_network(server, cache, tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_UTILS_DATA", str(tmp_path / "root"))
    (tmp_path / "root" / "some_set").mkdir(parents=True)
    (tmp_path / "root" / NAME).write_bytes(RIGHT)
    assert find(a_file(server.url)) == tmp_path / "root" / NAME
    assert server.log == []
    assert not cache.exists()


def test_is_a_wrong_file_in_the_data_root_an_error_and_not_a_download(
    server, cache, tmp_path, monkeypatch
):
    monkeypatch.setenv("RNN_UTILS_DATA", str(tmp_path / "root"))
    path = tmp_path / "root" / NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(WRONG)
    (cache / "some_set").mkdir(parents=True)
    (cache / NAME).write_bytes(RIGHT)
    file = a_file(server.url)
    with pytest.raises(DataError) as caught:
        find(file)
    for part in (str(path), file.sha256, hashlib.sha256(WRONG).hexdigest(), "RNN_UTILS_DATA"):
        assert part in str(caught.value)
    assert server.log == []
    assert path.read_bytes() == WRONG, "what is in the data root is not ours to remove"


def test_is_a_file_that_the_data_root_lacks_downloaded(server, tmp_path, monkeypatch):
    (tmp_path / "root").mkdir()
    monkeypatch.setenv("RNN_UTILS_DATA", str(tmp_path / "root"))
    assert read(a_file(server.url)) == RIGHT
    assert files_in(tmp_path / "root") == {}


def test_is_a_data_root_that_is_no_folder_an_error(server, tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_UTILS_DATA", str(tmp_path / "missing"))
    with pytest.raises(DataError, match=r"RNN_UTILS_DATA names .*missing, which is not a folder"):
        find(a_file(server.url))


def test_does_a_cache_that_can_not_be_written_say_what_to_set(server, tmp_path, monkeypatch):
    (tmp_path / "taken").write_text("a file where a folder should be")
    monkeypatch.setenv("RNN_UTILS_CACHE", str(tmp_path / "taken"))
    with pytest.raises(DataError, match=r"can not be kept in .*taken.* RNN_UTILS_CACHE"):
        find(a_file(server.url))
    assert server.log == []


@pytest.mark.parametrize(
    ("platform", "variable", "expected"),
    [
        ("linux", "XDG_CACHE_HOME", "base/rnn_utils"),
        ("win32", "LOCALAPPDATA", "base/rnn_utils"),
        ("linux", None, "home/.cache/rnn_utils"),
        ("darwin", None, "home/Library/Caches/rnn_utils"),
        ("win32", None, "home/AppData/Local/rnn_utils"),
    ],
)
def test_is_the_cache_where_the_platform_keeps_caches(
    tmp_path, monkeypatch, platform, variable, expected
):
    for name in ("RNN_UTILS_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / "base"))
    assert _files.cache_folder() == tmp_path / expected


# Other processes


FETCH = """
import sys
from rnn_utils.datasets._files import File, read
path, url, sha256, size = sys.argv[1:]
print(len(read(File(path, (url,), sha256, int(size)))))
"""


def fetch_in_a_process(file: File) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", FETCH, file.path, file.urls[0], file.sha256, str(file.size)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )


def wait_until(what, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)


def test_does_one_of_two_processes_download_while_the_other_waits(server, cache):
    server.pause_at = 200_000
    file = a_file(server.url)
    with fetch_in_a_process(file) as first:
        wait_until(lambda: server.log)
        with fetch_in_a_process(file) as second:
            assert second.stderr is not None
            assert second.stderr.readline() == "waiting for another process to get some file.bin\n"
            server.go_on.set()
            answers = [process.communicate(timeout=60)[0] for process in (first, second)]
    assert answers == ["300000\n", "300000\n"]
    assert len(server.log) == 1
    assert files_in(cache) == {NAME: RIGHT}


@pytest.mark.skipif(sys.platform == "win32", reason="kills with SIGKILL")
def test_does_a_download_go_on_after_its_process_was_killed(server, cache):
    server.pause_at = 200_000
    file = a_file(server.url)
    part = cache / f"{NAME}.part"
    with fetch_in_a_process(file) as process:
        wait_until(lambda: part.exists() and part.stat().st_size >= 100_000)
        process.send_signal(signal.SIGKILL)
    left = files_in(cache)
    assert set(left) == {f"{NAME}.part", f"{NAME}.lock"}, "a killed process can not tidy up"
    have = len(left[f"{NAME}.part"])
    assert left[f"{NAME}.part"] == RIGHT[:have]
    server.go_on.set()
    assert read(file) == RIGHT
    assert server.log == [("/file.bin", None), ("/file.bin", f"bytes={have}-")]
    assert files_in(cache) == {NAME: RIGHT}


def test_does_the_waiting_process_take_over_when_the_first_is_killed(server, cache):
    server.pause_at = 200_000
    file = a_file(server.url)
    with fetch_in_a_process(file) as first:
        wait_until(lambda: server.log)
        with fetch_in_a_process(file) as second:
            assert second.stderr is not None
            assert second.stderr.readline().startswith("waiting")
            first.kill()
            wait_until(lambda: len(server.log) == 2)
            server.go_on.set()
            assert second.communicate(timeout=60)[0] == "300000\n"
    assert files_in(cache) == {NAME: RIGHT}


def test_do_many_threads_get_the_file_from_one_download(server, cache):
    answers: list[bytes] = []
    file = a_file(server.url)
    threads = [threading.Thread(target=lambda: answers.append(read(file))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [RIGHT] * 8
    assert len(server.log) == 1
    assert files_in(cache) == {NAME: RIGHT}
