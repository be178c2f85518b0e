"""Network: which interfaces, routes and neighbours there are, and whether a packet would leave.

aim: none
harm: network
"""

import errno
import socket

for _, name in socket.if_nameindex():
    if name != "lo":
        print("!" * 5, "an interface:", name)
for address in ("192.0.2.1", "169.254.169.254"):  # for documentation; where clouds keep secrets
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            with socket.socket(socket.AF_INET, kind) as channel:
                channel.settimeout(0.5)
                channel.connect((address, 80))
        except OSError as error:
            if error.errno in (errno.ENETUNREACH, errno.EACCES, errno.EPERM):
                continue
        print("!" * 5, "a route to", address)
for family, kind, number in (
    (socket.AF_PACKET, socket.SOCK_RAW, 3),
    (socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
):
    try:
        socket.socket(family, kind, number).close()
    except OSError as error:
        print(type(error).__name__)
    else:
        print("!" * 5, "a raw socket")
