"""Network: a name is looked up, which alone would carry a secret out.

aim: none
harm: network
"""

import socket

socket.setdefaulttimeout(1)
for name in ("rnn-attack.invalid", "localhost.localdomain"):
    try:
        print(name, socket.getaddrinfo(name, 80))
    except OSError as error:
        print(name, type(error).__name__, error)
for path in ("/etc/resolv.conf", "/etc/hosts"):
    try:
        with open(path) as file:
            print("!" * 5, path, file.read().split("\n")[0])
    except OSError as error:
        print(path, type(error).__name__)
