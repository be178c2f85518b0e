"""Makes the virtual environment that every make target uses, and installs the lock into it.

Runs on the system's Python before anything is installed, so it uses the standard library alone.
Writes `.ready` into the environment last: whatever was interrupted is done again.
"""

import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OLDEST, NEWEST = (3, 11), (3, 13)
GIGABYTES = 8 if sys.platform.startswith("linux") else 4


def stop(line):
    """End with one line that says what to do."""
    sys.exit("make: " + line)


def main(folder):
    """Make the environment in `folder`."""
    found = sys.version_info[:2]
    if not OLDEST <= found <= NEWEST:
        stop(
            "this is Python %d.%d, and the course needs 3.11, 3.12 or 3.13: install one and run "
            "`make PYTHON=python3.12 ...`" % found
        )
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < GIGABYTES and not os.path.isdir(folder):
        stop(
            "%.1f GB are free here and the environment needs up to %d: free some space, or clone "
            "the course onto another disk" % (free, GIGABYTES)
        )
    python = os.path.join(folder, "bin", "python")
    if not os.path.exists(python):
        print("making", folder, "with Python %d.%d" % found)
        if subprocess.call([sys.executable, "-m", "venv", folder]) != 0:
            shutil.rmtree(folder, ignore_errors=True)
            stop("no environment could be made: on Debian, `apt-get install python3-venv` first")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    print("installing the lock into", folder, "(some minutes the first time)")
    for what in (["--requirement", "requirements.txt"], ["--no-deps", "--editable", "."]):
        if subprocess.call(pip + what, cwd=ROOT) != 0:
            stop(
                "the installation stopped: the lines above say why. With no network or no space, "
                "mend that and run the same command again; what is installed is kept"
            )
    with open(os.path.join(folder, ".ready"), "w") as ready:
        ready.write("%d.%d\n" % found)


if __name__ == "__main__":
    main(sys.argv[1])
