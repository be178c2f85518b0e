"""You name every line, and twelve of them are sound. Take them one by one: what would go
wrong if this line stayed as it is? See section 4.14.
"""


def find_faults():
    return ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q"]
