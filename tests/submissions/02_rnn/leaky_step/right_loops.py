import math


def leaky_step(x, h, alpha, weight_ih, weight_hh, bias):
    new = []
    for inputs, state in zip(x, h):
        row = []
        for unit in range(len(bias)):
            drive = bias[unit]
            for feature, value in enumerate(inputs):
                drive += weight_ih[unit][feature] * value
            for other, value in enumerate(state):
                drive += weight_hh[unit][other] * value
            row.append((1 - alpha[unit]) * state[unit] + alpha[unit] * math.tanh(drive))
        new.append(row)
    return new
