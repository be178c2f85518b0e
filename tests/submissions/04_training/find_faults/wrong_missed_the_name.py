"""In the lines A to D you let one pass that stops the program: go through the names that are
called there, and look for the line that brought each of them in. See section 4.14.
"""


def find_faults():
    return ["E", "G", "H", "P"]
