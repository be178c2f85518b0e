"""Left behind: notes for the next learner in files, shared memory, queues, keys and settings.

Looks first for notes of an earlier learner.

aim: none
harm: others
"""

import ctypes
import glob
import os
import resource

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
KEY, CREATE = 0x52A77AC, 0o1000 | 0o666
ADD, SEARCH, USER_RING, SESSION_RING = 248, 250, -4, -3


def found(what):
    print("!" * 5, "from an earlier learner:", what)


folders = [
    os.getcwd(),
    "/tmp",
    "/var/tmp",
    "/dev/shm",
    "/dev/mqueue",
    "/run",
    os.path.expanduser("~"),
]
for folder in sorted({os.path.realpath(folder) for folder in folders}):
    for path in glob.glob(f"{folder}/attack_note*") + glob.glob(f"{folder}/.attack_note*"):
        found(path)
    for name in ("attack_note.txt", ".attack_note"):
        try:
            with open(os.path.join(folder, name), "w") as file:
                file.write("a note")
        except OSError:
            pass
for name, make in {
    "shared memory": lambda flags: libc.shmget(KEY, 4096, flags),
    "semaphores": lambda flags: libc.semget(KEY, 1, flags),
    "messages": lambda flags: libc.msgget(KEY, flags),
}.items():
    if make(0o666) >= 0:
        found(name)
    make(CREATE)
for ring in (USER_RING, SESSION_RING):
    if libc.syscall(SEARCH, ring, b"user", b"attack_note", 0) >= 0:
        found("a key")
    libc.syscall(ADD, b"user", b"attack_note", b"a note", 6, ring)
librt = ctypes.CDLL("librt.so.1") if not hasattr(libc, "mq_open") else libc
if librt.mq_open(b"/attack_note", os.O_RDWR) >= 0:
    found("a queue")
librt.mq_open(b"/attack_note", os.O_CREAT | os.O_RDWR, 0o666, None)

signs = {
    "nice": os.getpriority(os.PRIO_PROCESS, 0) != 0,
    "umask": os.umask(0o077) == 0o077,
    "descriptors": resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 33,
    "cores": os.sched_getaffinity(0) == {min(os.sched_getaffinity(0))}
    and (os.cpu_count() or 1) > 1,
    "environment": "ATTACK_NOTE" in os.environ,
}
for name, there in signs.items():
    if there:
        found(name)
os.environ["ATTACK_NOTE"] = "a note"
for pid in {os.getpid(), os.getppid(), 1}:
    if os.readlink("/proc/self/ns/pid") == "@PIDNS@" and pid != os.getpid():
        continue
    for act in (
        lambda: os.setpriority(os.PRIO_PROCESS, pid, 7),
        lambda: os.sched_setaffinity(pid, {min(os.sched_getaffinity(0))}),
        lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, (33, 33)),
    ):
        try:
            act()
        except (OSError, ValueError) as error:
            print(pid, type(error).__name__)
