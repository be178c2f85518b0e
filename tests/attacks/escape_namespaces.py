"""Escape: new namespaces, mounts, another root, the namespaces of the first process.

aim: none
harm: files
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
NEWNS, NEWUSER, NEWPID, NEWNET = 0x20000, 0x10000000, 0x20000000, 0x40000000
REMOUNT, BIND, RECURSIVE = 32, 4096, 16384


def tried(what, code):
    print(what, "0" if code == 0 else os.strerror(ctypes.get_errno()))
    return code == 0


if os.readlink("/proc/self/ns/pid") != "@PIDNS@" and (child := os.fork()) == 0:
    for flags in (NEWUSER | NEWNS, NEWNS, NEWUSER, NEWPID, NEWNET):
        if tried(f"unshare {flags:x}", libc.unshare(flags)) and flags & NEWUSER:
            print("!" * 5, "a user namespace of one's own")
    for target in (b"/", b"/usr", b"/proc", b"/work", b"/dev"):
        if tried(f"remount {target}", libc.mount(None, target, None, REMOUNT | BIND, None)):
            print("!" * 5, "mounted for writing:", target)
    for kind, target in ((b"proc", b"/tmp"), (b"tmpfs", b"/usr"), (b"overlay", b"/tmp")):
        if tried(f"mount {kind}", libc.mount(b"none", target, kind, 0, None)):
            print("!" * 5, "mounted:", kind)
    for name in ("mnt", "pid", "net", "user", "ipc", "uts", "cgroup"):
        for pid in (1, os.getppid()):
            try:
                descriptor = os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY)
            except OSError as error:
                print(pid, name, type(error).__name__)
                continue
            if tried(f"setns {pid} {name}", libc.setns(descriptor, 0)):
                print("!" * 5, "entered", name)
    for folder in ("/proc/1/root", "@COURSE@", ".."):
        if tried(f"chroot {folder}", libc.chroot(folder.encode())):
            print("!" * 5, "another root:", folder)
    print(flush=True)
    os._exit(0)
elif os.readlink("/proc/self/ns/pid") != "@PIDNS@":
    os.waitpid(child, 0)
