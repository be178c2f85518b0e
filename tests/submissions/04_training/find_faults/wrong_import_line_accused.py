"""You name the import in line A: it is right as far as it goes, and the fault is counted at
the line that uses a name that is not there. See section 4.14.
"""


def find_faults():
    return ["A", "E", "G", "H", "P"]
