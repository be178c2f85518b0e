"""Network: sockets of the host in the file system, and abstract ones, which need no file.

aim: none
harm: network
"""

import socket

try:
    with open("/proc/net/unix") as file:
        if "@ABSTRACT@" in file.read():
            print("!" * 5, "the sockets of the host are listed")
except OSError as error:
    print(type(error).__name__)
for name in ("@COURSE@/listener", "\0@ABSTRACT@"):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        try:
            with socket.socket(socket.AF_UNIX, kind) as channel:
                channel.settimeout(0.5)
                channel.connect(name)
                channel.send(b"the hidden tests")
        except OSError as error:
            print(repr(name), type(error).__name__)
        else:
            print("!" * 5, "connected to", repr(name))
