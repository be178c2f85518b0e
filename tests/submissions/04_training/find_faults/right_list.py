def find_faults():
    return ["C", "E", "G", "H", "P"]
