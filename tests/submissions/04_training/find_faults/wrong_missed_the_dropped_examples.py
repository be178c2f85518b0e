"""In the lines N to Q you let one pass that makes the test loss too good: count the examples
that enter it when half of the predictions are wrong. See section 4.14.
"""


def find_faults():
    return ["C", "E", "G", "H"]
