def find_faults():
    return "PHGEC"
