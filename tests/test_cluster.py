"""Learners' processes on a Dask cluster of two workers on this machine."""

import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

distributed = pytest.importorskip("distributed", exc_type=ImportError)

from rnn_utils.grading import cluster as dask  # noqa: E402
from rnn_utils.grading.sandbox import Gone, Late, Limits, Lost, SandboxError  # noqa: E402

pytestmark = pytest.mark.timeout(300)


def stand_in(about):
    """Put an echo in place of the warm process; runs on the workers, so it is all in here."""
    import socket
    import subprocess
    import sys

    from rnn_utils.grading import cluster, sandbox

    echo = """
import os, signal, socket, struct, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests run aside
channel = socket.socket(fileno=int(sys.argv[1]))
stream = channel.makefile("rb")
def answer(data):
    channel.sendall(struct.pack(">Q", len(data)) + data)
while head := stream.read(8):
    data = stream.read(struct.unpack(">Q", head)[0])
    word, _, rest = data.partition(b" ")
    if word == b"exit":
        sys.exit(int(rest))
    if word == b"flood":
        while True:
            answer(bytes(2**20))
    try:
        if word == b"sleep":
            time.sleep(float(rest))
        answer(str(os.getpid()).encode() if word == b"pid" else data)
    except KeyboardInterrupt:
        answer(b"interrupted")
"""

    class Echo(sandbox.Nursery):
        def learner(self):
            ours, theirs = socket.socketpair()
            descriptor = theirs.fileno()
            command = [sys.executable, "-S", "-E", "-c", echo, str(descriptor)]
            self.child = subprocess.Popen(command, pass_fds=[descriptor])
            theirs.close()
            return sandbox.Link(ours, self)

        def _tell(self, word):
            if word == b"interrupt":
                self.child.send_signal(2)
            else:
                self.child.kill()

        def _ended(self):
            return f"it ended with {self.child.wait()}"

        def close(self):
            pass

    sandbox.Nursery = Echo
    cluster.about = lambda: about  # whoever edits the package while this runs


def alive(pid):
    """Say whether a process runs that is not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def becomes(condition, seconds=20):
    """Wait until a condition holds, and say whether it does."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def two_workers():
    """Return a cluster of two workers with one thread each."""
    return distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    )


@pytest.fixture(scope="module")
def local():
    """Yield the cluster that most tests share."""
    with two_workers() as cluster:
        yield cluster


@pytest.fixture
def cluster(local):
    """Yield a connection, and check that nothing is left on the scheduler after it."""
    local.wait_for_workers(2)
    with distributed.Client(local, set_as_default=False) as client:
        client.run(stand_in, dask.about())
        with dask.Cluster(client) as connection:
            yield connection
    assert becomes(lambda: leftovers(local) == ([], [])), leftovers(local)


def leftovers(local):
    scheduler = local.scheduler
    return list(scheduler.extensions["queues"].queues), list(scheduler.tasks)


def test_do_messages_come_back(cluster):
    link = cluster.learner()
    for message in (b"", b"one", bytes(range(256)) * 5000):
        link.send(message)
        assert link.receive(10) == message
    link.close()


def test_are_messages_of_many_megabytes_carried(cluster):
    link = cluster.learner()
    message = os.urandom(2**20) * 64
    link.send(message)
    assert link.receive(60) == message
    link.close()


def test_are_two_learners_apart_and_at_once(cluster):
    assert cluster.slots == 2
    first, second = cluster.learner(), cluster.learner()
    for link in (first, second):
        link.send(b"pid")
    pids = {link.receive(10) for link in (first, second)}
    assert len(pids) == 2
    begun = time.monotonic()
    for link in (first, second):
        link.send(b"sleep 1")
    for link in (first, second):
        link.receive(10)
    assert time.monotonic() - begun < 1.9
    first.close()
    second.close()


def test_does_a_third_learner_wait_for_a_free_worker(cluster):
    links = [cluster.learner(), cluster.learner()]
    with pytest.raises(Lost, match=r"no worker of the cluster was free within 0\.5 s"):
        cluster.learner(seconds=0.5)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(cluster.learner)
        time.sleep(0.3)
        assert not waiting.done()
        links.pop().close()
        links.append(waiting.result(20))
    links[-1].send(b"here")
    assert links[-1].receive(10) == b"here"
    for link in links:
        link.close()


def test_is_a_late_answer_kept_for_the_next_call(cluster):
    link = cluster.learner()
    link.send(b"sleep 1")
    with pytest.raises(Late):
        link.receive(0.2)
    with pytest.raises(Late):
        link.receive(0)
    assert link.receive(10) == b"sleep 1"
    link.close()


def test_is_a_learner_interrupted(cluster):
    link = cluster.learner()
    link.send(b"sleep 60")
    time.sleep(0.3)
    link.interrupt()
    assert link.receive(10) == b"interrupted"
    link.close()


def test_is_a_learner_that_ends_itself_gone(cluster):
    link = cluster.learner()
    link.send(b"exit 3")
    for _ in range(2):
        with pytest.raises(Gone, match="it ended with 3"):
            link.receive(10)
    with pytest.raises(Gone, match="it ended with 3"):
        link.send(b"more")
    link.interrupt()
    link.close()


def test_is_a_learner_that_floods_held_back_and_ended(cluster, local):
    link = cluster.learner()
    link.send(b"flood")
    link.receive(10)
    time.sleep(1)
    queues = local.scheduler.extensions["queues"].queues.values()
    assert sum(queue.qsize() for queue in queues) <= 2 * dask.WAITING
    link.close()
    with pytest.raises(Gone, match="closed"):
        link.receive(1)


def test_does_close_end_the_process_and_a_call_that_waits(cluster):
    link = cluster.learner()
    link.send(b"pid")
    pid = int(link.receive(10))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(link.receive, 60)
        time.sleep(0.3)
        begun = time.monotonic()
        link.close()
        with pytest.raises(Gone, match="closed"):
            waiting.result(20)
    assert time.monotonic() - begun < 5
    assert becomes(lambda: not alive(pid))
    link.close()


def test_is_a_killed_worker_reported_and_its_learner_not_begun_again(cluster, local):
    link = cluster.learner()
    link.send(b"pid")
    pid = int(link.receive(10))
    workers = cluster.client.run(os.getpid)
    begun = time.monotonic()
    os.kill(workers[link._worker], signal.SIGKILL)
    with pytest.raises(Lost, match=f"its worker {link._worker} died"):
        link.receive(60)
    assert time.monotonic() - begun < 10
    assert becomes(lambda: not alive(pid))
    link.close()
    local.wait_for_workers(2)
    cluster.client.run(stand_in, dask.about())
    assert becomes(lambda: cluster.slots == 2)
    again = [cluster.learner(), cluster.learner()]
    for link in again:
        link.send(b"on")
        assert link.receive(10) == b"on"
        link.close()


def test_is_a_worker_that_is_shut_down_reported():
    with two_workers() as local, distributed.Client(local, set_as_default=False) as client:
        client.run(stand_in, dask.about())
        with dask.Cluster(client) as connection:
            link = connection.learner()
            link.send(b"pid")
            pid = int(link.receive(10))
            client.retire_workers([link._worker])
            with pytest.raises(Lost, match=f"its worker {link._worker} (was closed|died)"):
                link.receive(30)
            assert becomes(lambda: not alive(pid))


GRADER = """
import json, sys, time
from rnn_utils.grading import cluster
about = json.loads(sys.argv[2])
cluster.about = lambda: about
link = cluster.Cluster(sys.argv[1]).learner()
link.send(b"pid")
print(link.receive(10).decode(), flush=True)
link.send(b"flood")
time.sleep(600)
"""


def test_does_a_killed_grader_free_its_worker(cluster, local):
    about = json.dumps(dask.about())
    command = [sys.executable, "-c", GRADER, local.scheduler_address, about]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as grader:
        pid = int(grader.stdout.readline())
        assert alive(pid)
        grader.kill()
    assert becomes(lambda: not alive(pid))
    links = [cluster.learner(seconds=20), cluster.learner(seconds=20)]
    for link in links:
        link.close()


def test_does_leaving_the_context_end_its_learners(cluster, local):
    with dask.Cluster(local.scheduler_address) as own:
        link = own.learner()
        link.send(b"pid")
        pid = int(link.receive(10))
    assert becomes(lambda: not alive(pid))
    with pytest.raises(Gone):
        link.receive(1)


def test_is_a_client_taken_and_left_open(cluster, local):
    with distributed.Client(local, set_as_default=False) as client:
        with dask.Cluster(client) as own:
            link = own.learner()
            link.send(b"x")
            assert link.receive(10) == b"x"
        assert client.status == "running"


def test_is_nothing_left_after_many_learners(cluster, local):
    def count():
        import threading
        from pathlib import Path

        return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))

    cluster.learner().close()
    before = cluster.client.run(count)
    here = count()
    for number in range(MANY):
        link = cluster.learner()
        link.send(b"%d" % number)
        assert link.receive(30) == b"%d" % number
        if number % 2:
            link.close()
        else:
            link.send(b"exit 0")
            with pytest.raises(Gone):
                link.receive(30)
    assert becomes(lambda: leftovers(local) == ([], []))
    after = cluster.client.run(count)
    for worker, (threads, descriptors) in before.items():
        assert after[worker][0] <= threads + 3
        assert after[worker][1] <= descriptors + 5
    assert becomes(lambda: count()[0] <= here[0] + 3 and count()[1] <= here[1] + 5)


MANY = int(os.environ.get("RNN_UTILS_MANY_LEARNERS", "100"))


def test_does_a_refused_sandbox_say_so(cluster):
    def refuse():
        from rnn_utils.grading import sandbox

        def learner(self):
            raise sandbox.SandboxError("bubblewrap is not installed")

        sandbox.Nursery.learner = learner

    cluster.client.run(refuse)
    with pytest.raises(SandboxError, match=r"on the worker tcp.*: bubblewrap is not installed"):
        cluster.learner()
    cluster.client.run(stand_in, dask.about())
    cluster.learner(Limits(processes=3)).close()


def test_is_a_worker_without_the_package_refused(local):
    def hide():
        import sys

        hidden = {name: sys.modules.pop(name) for name in [*sys.modules] if "rnn_utils" in name}
        sys.modules["rnn_utils"] = None
        sys.hidden = hidden

    def show():
        import sys

        del sys.modules["rnn_utils"]
        sys.modules.update(sys.hidden)

    with distributed.Client(local, set_as_default=False) as client:
        client.run(hide)
        try:
            with pytest.raises(dask.ClusterError, match=r"tcp://.* cannot load rnn_utils"):
                dask.Cluster(client)
        finally:
            client.run(show)
        dask.Cluster(client).close()


def test_is_a_worker_with_another_version_refused(cluster):
    cluster.client.run(stand_in, dict(dask.about(), torch="1.0"))
    with pytest.raises(dask.ClusterError, match=r"torch 1.0, here 2\..*; install the same there"):
        dask.Cluster(cluster.client)
    with pytest.raises(Lost, match=r"its worker tcp.* differs: torch 1.0, here 2\."):
        cluster.learner()


def test_is_an_address_without_a_scheduler_named():
    with pytest.raises(
        dask.ClusterError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1"
    ):
        dask.Cluster("tcp://127.0.0.1:1", seconds=0.5)
    with pytest.raises(TypeError, match="scheduler: expected an address"):
        dask.Cluster(8786)
