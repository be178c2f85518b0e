import math


import numpy as np


def look_backward(state, memory, mask, weight, dcontext, dweights):
    B, T, M = memory.shape
    dstate, dmemory, dweight = 0 * state, 0 * memory, 0 * weight
    for b in range(B):
        real = [t for t in range(T) if mask[b, t]]
        e = {t: state[b] @ weight @ memory[b, t] for t in real}
        top = max(e.values(), default=0)
        total = sum(math.exp(e[t] - top) for t in real)
        a = {t: math.exp(e[t] - top) / total for t in real}
        for t in real:
            dmemory[b, t] += a[t] * dcontext[b]
            reaches = dweights[b, t] + dcontext[b] @ memory[b, t]  # dL / da_t
            for k in real:
                de = reaches * a[t] * (float(t == k) - a[k])  # of e_k, by way of a_t
                dstate[b] += de * weight @ memory[b, k]
                dmemory[b, k] += de * state[b] @ weight
                dweight += de * np.outer(state[b], memory[b, k])
    return dstate, dmemory, dweight
