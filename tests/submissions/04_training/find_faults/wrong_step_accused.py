"""You name line M: the update comes after backward, once for each batch, as it should. See
section 4.2.
"""


def find_faults():
    return ["C", "E", "G", "H", "M", "P"]
