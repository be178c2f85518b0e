"""You name line O: it compares all predictions with all targets and is right. What is done
with it two words later is another matter. See section 4.14.
"""


def find_faults():
    return ["C", "E", "G", "H", "O"]
