"""You name line I: Adam with a learning rate of 0.001 and all parameters of both layers is a
sound choice, and another rate is a matter of taste. See section 4.4.
"""


def find_faults():
    return ["C", "E", "G", "H", "I", "P"]
