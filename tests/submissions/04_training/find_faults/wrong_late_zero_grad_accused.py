"""You name line K: gradients must be zero before backward adds to them, and whether that is
before or after the loss is computed makes no difference. See section 4.2.
"""


def find_faults():
    return ["C", "E", "G", "H", "K", "P"]
