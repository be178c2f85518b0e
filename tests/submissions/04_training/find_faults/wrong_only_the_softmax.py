"""In the lines E to I you found the fault of the output, and two more are there: one stops
the program at the first batch, and the other makes the name of the network untrue. See
section 4.14.
"""


def find_faults():
    return ["C", "H", "P"]
