"""What does a learner's process see, what may it use, and what is left of it afterwards?"""

import os
import socket
import time
from pathlib import Path

import pytest
import torch
from _learner import NEEDS_SANDBOX, ROOT, notebook, nursery, said

from rnn_utils.grading import judge, sandbox, slots

pytestmark = [pytest.mark.timeout(300)]
SMALL = {"memory": 1500 * sandbox.MIB, "processes": 32, "files": 8 * sandbox.MIB}


def run(source, **limits):
    """Run one cell in the sandbox; return what it said and the problems."""
    limits = SMALL | limits
    judged = judge.judge(
        notebook(("code", source)), nursery(**limits).learner, sandbox.Limits(**limits)
    )
    return said(judged.outputs[0]), judged.problems


@NEEDS_SANDBOX
@pytest.mark.parametrize(
    "path",
    [ROOT / "solutions", ROOT / "tests", ROOT / "exercises", ROOT / ".git", Path.home() / ".ssh"],
)
def test_are_folders_of_the_instructor_out_of_sight(path):
    text, _ = run(f"import os\nos.path.exists({str(path)!r})")
    assert text == "False"


@NEEDS_SANDBOX
def test_does_it_see_no_environment_no_user_and_no_host(monkeypatch):
    monkeypatch.setenv("RNN_UTILS_GRADING_SEED", "123456789")
    text, _ = run("import os, socket\nprint(dict(os.environ), os.getuid(), socket.gethostname())")
    assert "123456789" not in text
    assert "GRADING" not in text
    assert text.endswith("1000 learner")
    text, _ = run("import glob\nprint(len(glob.glob('/proc/[0-9]*')), glob.glob('/home/*'))")
    assert text == "2 []"


@NEEDS_SANDBOX
def test_is_everything_but_its_own_folders_read_only():
    text, _ = run(
        """
import sys, rnn_utils, pathlib
package = pathlib.Path(rnn_utils.__file__).parent
for folder in ("/", "/usr", "/dev", "/sandbox", sys.prefix, package):
    try:
        (pathlib.Path(folder) / "mark").write_text("x")
        print("written", folder)
    except OSError as error:
        pass
pathlib.Path("mark").write_text("x")
print("done")
"""
    )
    assert text == "done"


@NEEDS_SANDBOX
def test_is_there_no_network():
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind(f"\0learner-test-{os.getpid()}")
    abstract.listen()
    with listener, abstract:
        text, _ = run(
            f"""
import socket
for kind, address in ((socket.AF_INET, ("127.0.0.1", {port})), (socket.AF_INET, ("192.0.2.1", 80)),
                      (socket.AF_UNIX, "\\0learner-test-{os.getpid()}")):
    with socket.socket(kind) as s:
        s.settimeout(2)
        try:
            s.connect(address)
            print("connected", address)
        except OSError as error:
            pass
try:
    socket.getaddrinfo("example.org", 80)
    print("resolved")
except OSError:
    print("none")
"""
        )
    assert text == "none"


@NEEDS_SANDBOX
def test_can_it_neither_end_nor_read_the_warm_process():
    text, problems = run(
        """
import os, signal
for name in ("SIGKILL", "SIGTERM", "SIGINT", "SIGSEGV", "SIGSTOP"):
    os.kill(1, getattr(signal, name))
for path in ("mem", "environ", "fd/0", "fd/3", "fd/5", "maps"):
    try:
        open(f"/proc/1/{path}", "rb").read(10)
        print("read", path)
    except OSError:
        pass
print("still here")
"""
    )
    assert text == "still here"
    assert not problems
    assert run("print(1)")[0] == "1"


@NEEDS_SANDBOX
@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = [bytearray(10**8) for _ in range(100)]", ("MemoryError", "MiB of memory")),
        (
            "import os, time\nfor _ in range(200):\n    if os.fork() == 0: time.sleep(100)",
            ("more than 32 processes", "BlockingIOError"),
        ),
        (
            "import threading, time\nfor _ in range(200):\n    "
            "threading.Thread(target=time.sleep, args=(100,), daemon=True).start()\ntime.sleep(5)",
            ("more than 32 processes", "can't start new thread"),
        ),
        ("with open('x', 'wb') as f:\n    for _ in range(99): f.write(bytes(10**6))", ("OSError",)),
        ("with open('/dev/shm/x', 'wb') as f:\n    f.write(bytes(10**7))", ("OSError",)),
        (
            "import os\nfor n in range(10**6): os.mknod(f'/tmp/{n}')",
            ("more than 50000 files", "OSError"),
        ),
    ],
    ids=["memory", "processes", "threads", "files", "shared memory", "empty files"],
)
def test_is_there_a_limit_to_what_it_uses(source, words):
    text, problems = run(source)
    assert any(word in text for word in words), (text, problems)
    assert run("print(1)")[0] == "1"


@NEEDS_SANDBOX
def test_is_nothing_left_for_the_next_learner():
    run(
        """
import os, pathlib, subprocess, time
for folder in (".", "/tmp", "/dev/shm"):
    pathlib.Path(folder, "left").mkdir()
    pathlib.Path(folder, "left", "file").write_text("from the last one")
    pathlib.Path(folder, "left").chmod(0)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(100)
"""
    )
    text, _ = run(
        """
import os, glob
print(glob.glob("[a-z]*"), os.listdir("/tmp"), os.listdir("/dev/shm"))
print(len(glob.glob("/proc/[0-9]*")))
"""
    )
    assert text == "[] [] []\n2"


@NEEDS_SANDBOX
def test_is_a_sandbox_renewed_whose_settings_were_changed():
    opened = sandbox.Nursery(sandbox.Limits(**SMALL))
    with opened:
        source = "import os\nos.setpriority(os.PRIO_PROCESS, 1, 7)"
        judged = judge.judge(notebook(("code", source)), opened.learner)
        assert not said(judged.outputs[0])
        look = "import os\nprint(os.getpriority(os.PRIO_PROCESS, 0))"
        judged = judge.judge(notebook(("code", look)), opened.learner)
        assert said(judged.outputs[0]) == str(os.getpriority(os.PRIO_PROCESS, 0))


@NEEDS_SANDBOX
def test_are_there_no_keys_and_no_memory_that_limits_do_not_see():
    text, problems = run(
        """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
for name, arguments in {
    "shmget": (77, 4096, 0o1666), "semget": (77, 1, 0o1666), "msgget": (77, 0o1666),
    "memfd_create": (b"x", 0), "syscall": (425, 8, None),
}.items():
    done = getattr(libc, name)(*arguments)
    print(name, done, errno.errorcode[ctypes.get_errno()])
numbers = {"x86_64": (248, 250), "aarch64": (217, 219)}[os.uname().machine]
for number, arguments in zip(numbers, ((b"user", b"note", b"words", 5, -4), (1, None))):
    print("key", libc.syscall(number, *arguments), errno.errorcode[ctypes.get_errno()])
"""
    )
    assert not problems
    assert [line.split()[1:] for line in text.splitlines()] == [["-1", "ENOSYS"]] * 7


@NEEDS_SANDBOX
def test_does_a_device_keep_its_rights_and_times():
    before = Path("/dev/null").stat()
    run(
        """
import os
for act in (lambda: os.chmod("/dev/null", 0o600), lambda: os.utime("/dev/null", (1, 1))):
    try:
        act()
    except OSError:
        pass
"""
    )
    after = Path("/dev/null").stat()
    assert (after.st_mode, after.st_mtime == 1) == (before.st_mode, before.st_mtime == 1)


@NEEDS_SANDBOX
def test_are_data_sets_of_the_instructor_there_to_read(tmp_path, monkeypatch):
    (tmp_path / "set").write_text("numbers")
    monkeypatch.setenv("RNN_UTILS_DATA", str(tmp_path))
    with sandbox.Nursery(sandbox.Limits(**SMALL)) as opened:
        source = (
            "import os, pathlib\nfolder = pathlib.Path(os.environ['RNN_UTILS_DATA'])\n"
            "print((folder / 'set').read_text())\n(folder / 'new').write_text('x')"
        )
        judged = judge.judge(notebook(("code", source)), opened.learner)
    assert said(judged.outputs[0]).startswith("numbers")
    assert "Read-only file system" in said(judged.outputs[0])


@NEEDS_SANDBOX
def test_is_a_dead_warm_process_replaced():
    opened = sandbox.Nursery(sandbox.Limits(**SMALL))
    with opened:
        link = opened.learner()
        assert opened._process is not None
        opened._process.kill()
        with pytest.raises(sandbox.Gone):
            link.receive(5)
        judged = judge.judge(notebook(("code", "print(1)")), opened.learner)
    assert said(judged.outputs[0]) == "1"


def test_does_it_work_without_bubblewrap_where_asked_by_name():
    opened = sandbox.Nursery(sandbox.Limits(), sandboxed=False)
    with opened:
        leave = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(60)\n"
        judged = judge.judge(
            notebook(("code", leave + "print(os.getcwd(), dict(os.environ))")), opened.learner
        )
        text = said(judged.outputs[0])
        folder = Path(text.split()[0])
        assert folder.is_dir()
        assert "RNN_UTILS" not in text.replace("RNN_UTILS_DATA", "")
        judged = judge.judge(notebook(("code", "open('x', 'w').write('1')")), opened.learner)
        assert not list(folder.glob("[a-z]*"))
        assert opened._process is not None
        children = Path(f"/proc/{opened._process.pid}/task/{opened._process.pid}/children")
        assert not children.exists() or not children.read_text()
    assert not folder.exists()


def test_is_it_said_how_to_get_a_sandbox(monkeypatch):
    monkeypatch.setenv("PATH", "")
    reason = sandbox.available()
    assert reason is not None
    assert "--no-sandbox" in reason
    with pytest.raises(sandbox.SandboxError, match="--no-sandbox"):
        sandbox.Nursery().learner()


def test_does_a_link_keep_half_a_message_for_the_next_call():
    ours, theirs = socket.socketpair()
    link = sandbox.Link(ours, None)
    theirs.sendall((5).to_bytes(8, "big") + b"abc")
    with pytest.raises(sandbox.Late):
        link.receive(0.05)
    theirs.sendall(b"de")
    assert link.receive(1) == b"abcde"
    ours.close()
    theirs.close()


@NEEDS_SANDBOX
def test_is_a_message_refused_that_is_too_long():
    source = """
import gc, socket
(channel,) = [o for o in gc.get_objects() if isinstance(o, socket.socket)]
channel.sendall((2**40).to_bytes(8, "big"))
import time
time.sleep(20)
"""
    began = time.monotonic()
    _, problems = run(source)
    assert "a message of 1099511627776 bytes" in problems[0]
    assert time.monotonic() - began < 15


@NEEDS_SANDBOX
@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an accelerator")
def test_can_an_accelerator_be_let_in():
    source = "import torch\nprint(torch.ones(3).cuda().sum().item())"
    for gpu, words in [(True, "3.0"), (False, "Error")]:
        with sandbox.Nursery(sandbox.Limits(memory=2**40), gpu=gpu) as opened:
            judged = judge.judge(notebook(("code", source)), opened.learner)
        assert words in said(judged.outputs[0])


@NEEDS_SANDBOX
def test_are_devices_out_of_sight_that_were_not_let_in():
    listed = "import os\nsorted(os.listdir('/dev'))"
    text, _ = run(listed)
    assert not {"dri", "kfd", "nvidia0", "nvidiactl", "kvm", "vda", "mem"} & set(eval(text))


@NEEDS_SANDBOX
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two cores")
def test_has_each_of_two_learners_a_core_of_its_own():
    """Fifty busy processes of one do not slow the other."""
    source = """
import os, time
time.sleep(1)  # so that both are at work at once
print(*os.sched_getaffinity(0))
try:
    os.sched_setaffinity(0, range(os.cpu_count()))
except OSError as error:
    print(error.strerror)
print(*os.sched_getaffinity(0))
"""
    jobs = [slots.Job(name, notebook(("code", source))) for name in ("ada", "ben")]
    outcomes = slots.judged(jobs, 2, slots.Work(sandbox.Limits()))
    lines = [said(outcome.judged.outputs[0]).split("\n") for _, outcome in outcomes]
    for before, refused, after in lines:
        assert refused == "Function not implemented"
        assert before == after
        assert len(before.split()) == 1
    assert lines[0][0] != lines[1][0]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_do_the_cores_of_slots_go_round(size, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 3, 4, 5, 8}, raising=False)
    work = slots.Work(sandbox.Limits(), threads=2)
    own = [slots._cores(number, size, work) for number in range(size)]
    assert own == [[{1, 3}], [{1, 3}, {4, 5}], [set(), set(), set()]][size - 1]
    far = slots.Work(sandbox.Limits(), scheduler="tcp://10.0.0.1:8786")
    assert slots._cores(0, 1, far) == set()
