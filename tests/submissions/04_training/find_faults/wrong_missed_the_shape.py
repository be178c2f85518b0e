"""In the lines E to I you let one pass that stops the program at the first batch: write the
shape beside each name, and the number of features that each layer takes. See section
4.14.
"""


def find_faults():
    return ["C", "E", "H", "P"]
