"""Network: TCP and UDP to this machine, by number and by name.

aim: none
harm: network
"""

import socket

for address in ("127.0.0.1", "localhost", "::1", "0.0.0.0"):
    for kind, port in ((socket.SOCK_STREAM, int("@PORT@")), (socket.SOCK_DGRAM, int("@PORT@"))):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            with socket.socket(family, kind) as channel:
                channel.settimeout(0.5)
                channel.connect((address, port))
                channel.send(b"the hidden tests")
        except OSError as error:
            print(address, type(error).__name__)
