"""Import hooks: sitecustomize, usercustomize and .pth files for the next Python that starts.

aim: none
harm: files
"""

import os
import site
import sysconfig

places = [*site.getsitepackages(), site.getusersitepackages(), sysconfig.get_path("stdlib")]
for folder in [*places, "@HOME@", "@COURSE@"]:
    for name in ("attack_marker.pth", "attack_marker.py"):
        path = os.path.join(folder, name)
        try:
            with open(path, "w") as file:
                file.write("# this could have been code that the next Python runs\n")
        except OSError:
            continue
        if not path.startswith(os.path.expanduser("~")):
            print("!" * 5, "written:", path)
        if folder not in ("@HOME@", "@COURSE@"):
            os.remove(path)
