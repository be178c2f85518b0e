import numpy as np


def look_backward(state, memory, mask, weight, dcontext, dweights):
    dstate, dmemory, dweight = np.zeros(state.shape), np.zeros(memory.shape), np.zeros(weight.shape)
    for b in range(len(state)):
        there = np.flatnonzero(mask[b])
        if not len(there):
            continue
        m = memory[b, there]
        scores = m @ weight.T @ state[b]
        alpha = np.exp(scores - scores.max())
        alpha /= alpha.sum()
        jacobian = np.diag(alpha) - np.outer(alpha, alpha)
        dscores = jacobian @ (dweights[b, there] + m @ dcontext[b])
        dmemory[b, there] = np.outer(alpha, dcontext[b]) + np.outer(dscores, state[b] @ weight)
        dstate[b] = weight @ m.T @ dscores
        dweight += np.outer(state[b], m.T @ dscores)
    return dstate, dmemory, dweight
