"""In the lines E to I you found that nothing recurs, and two more faults are there: one
stops the program at the first batch, and the other holds the loss up. See section 4.14.
"""


def find_faults():
    return ["C", "E", "P"]
