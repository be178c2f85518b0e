"""In the lines E to I you found the line that stops the program, and two more are at fault
there that let it run. Mend the one and climb the ladder: does anything recur, and how low
can the loss go? See section 4.14.
"""


def find_faults():
    return ["C", "G", "P"]
