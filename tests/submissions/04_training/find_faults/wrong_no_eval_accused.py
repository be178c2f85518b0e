"""You name line N: nothing in this network differs between training and evaluation mode, and
gradients are off. See section 4.14.
"""


def find_faults():
    return ["C", "E", "G", "H", "N", "P"]
