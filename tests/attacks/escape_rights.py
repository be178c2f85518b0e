"""Escape: another user, more rights, programs that run as root.

aim: none
harm: files
"""

import ctypes
import glob
import os
import stat
import subprocess

libc = ctypes.CDLL(None, use_errno=True)
if os.geteuid() != 0:
    for act in (libc.setuid, libc.setgid, libc.seteuid):
        if act(0) == 0:
            print("!" * 5, "root")
else:
    print("!" * 5, "root from the start")
with open("/proc/self/status") as file:
    status = dict(line.rstrip().split(":\t", 1) for line in file if ":\t" in line)
for name in ("CapEff", "CapPrm", "CapAmb", "CapInh"):
    if int(status[name], 16):
        print("!" * 5, "rights:", name, status[name])
if status["NoNewPrivs"] != "1":
    print("!" * 5, "new rights can be had")
for path in glob.glob("/usr/bin/*")[:2000]:
    if os.stat(path).st_mode & stat.S_ISUID and os.path.basename(path) in ("su", "sudo", "mount"):
        print(path, subprocess.run([path, "-n", "true"], capture_output=True, text=True).stderr)
