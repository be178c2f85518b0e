"""You name the loss in line J: it is what this task needs, and it takes logits. It clashes
with an earlier line, and there the fault is. See section 4.14.
"""


def find_faults():
    return ["C", "E", "G", "J", "P"]
