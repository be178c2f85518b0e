"""Of the lines E to I you let the one pass that the listing is named after: ask which line
carries anything from one row of the image to the next. See section 4.16.
"""


def find_faults():
    return ["C", "G", "H", "P"]
