"""Network: sockets of the host in the file system, and abstract ones, which need no file.

aim: none
harm: network
"""

import socket

names = ["@COURSE@/listener", "\0@ABSTRACT@"]
try:
    with open("/proc/net/unix") as file:
        names += [line.split()[7].replace("@", "\0", 1) for line in file if len(line.split()) == 8]
except OSError:
    pass
for name in names:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        try:
            with socket.socket(socket.AF_UNIX, kind) as channel:
                channel.settimeout(0.5)
                channel.connect(name)
                channel.send(b"the hidden tests") if "ttack" in name or "istener" in name else 0
        except OSError as error:
            print(repr(name), type(error).__name__)
        else:
            print("!" * 5, "connected to", repr(name))
