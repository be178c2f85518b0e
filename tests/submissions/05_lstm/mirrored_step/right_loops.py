import math


def mirrored_step(x, h, c, weight_ih, weight_hh, bias, peepholes):
    B, H = h.shape

    def drive(row, b):
        from_input = sum(w * v for w, v in zip(weight_ih[row], x[b]))
        return from_input + sum(w * v for w, v in zip(weight_hh[row], h[b])) + bias[row]

    hidden, cells = [], []
    for b in range(B):
        hidden.append([])
        cells.append([])
        for k in range(H):
            i = 1 / (1 + math.exp(-drive(k, b) - peepholes[0][k] * c[b][k]))
            new = (1 - i) * c[b][k] + i * math.tanh(drive(H + k, b))
            o = 1 / (1 + math.exp(-drive(2 * H + k, b) - peepholes[1][k] * new))
            hidden[-1].append(o * math.tanh(new))
            cells[-1].append(new)
    return hidden, cells
