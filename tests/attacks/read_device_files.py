"""Environment: disks, memory, terminals and kernel switches are opened, none is written.

aim: none
harm: files
"""

import glob
import os

names = [
    "/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/dev/fuse", "/dev/kvm",
    "/dev/net/tun", "/dev/vhost-net", "/dev/loop-control",
    *glob.glob("/dev/sd*"), *glob.glob("/dev/vd*"), *glob.glob("/dev/nvme*"),
    "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/kernel/modprobe",
    "/proc/sys/vm/overcommit_memory", "/proc/kcore", "/sys/kernel/uevent_helper",
    "/proc/sys/kernel/hostname", "/sys/fs/cgroup/cgroup.procs", "/proc/1/oom_score_adj",
]  # fmt: skip
for name in names:
    try:
        os.close(os.open(name, os.O_RDWR))
    except OSError:
        continue
    print("!" * 5, "can be written:", name)
