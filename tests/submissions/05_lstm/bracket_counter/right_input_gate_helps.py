import numpy as np


def bracket_counter():
    at = {"(": 0, ")": 1, "newline": 2, "?": 3, "other": 4}
    weight_ih, bias = np.zeros((4, 5)), np.zeros(4)
    weight_ih[0, [at["("], at[")"]]] = 30.0  # written only where a bracket stands
    bias[0] = -15.0
    weight_ih[1] = 15.0
    weight_ih[1, at["newline"]] = -15.0
    weight_ih[2, at["("]] = 15.0
    weight_ih[2, at[")"]] = -15.0
    weight_ih[3] = -15.0
    weight_ih[3, at["?"]] = 15.0
    return weight_ih, np.zeros((4, 1)), bias
