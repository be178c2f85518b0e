"""You find nothing at fault in the lines E to I, and three of them are: write down shapes,
ask what recurs, and compute the smallest loss that the output allows. See section 4.14.
"""


def find_faults():
    return ["C", "P"]
