"""You name line F: a linear head from the units to one logit for each class is what a
classifier ends in, in a recurrent network too. See section 4.16.
"""


def find_faults():
    return ["C", "E", "F", "G", "H", "P"]
