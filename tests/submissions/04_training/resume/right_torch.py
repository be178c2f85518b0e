import numpy as np
import torch


def begin(N, D, seed):
    rng = np.random.default_rng(seed)
    order = rng.permutation(N).tolist()
    state = {"weights": [0.0] * D, "velocity": [0.0] * D, "k": 0, "left": order}
    return state | {"rng": rng.bit_generator.state}


def go_on(state, x, y, steps, batch):
    rng = np.random.default_rng()
    rng.bit_generator.state = state["rng"]
    x, y = torch.tensor(x), torch.tensor(y)
    w = torch.tensor(state["weights"], dtype=x.dtype, requires_grad=True)
    v = torch.tensor(state["velocity"], dtype=x.dtype)
    left, k = list(state["left"]), state["k"]
    for _ in range(steps):
        now, left = left[:batch], left[batch:]
        left = left or rng.permutation(len(x)).tolist()
        ((x[now] @ w - y[now]) ** 2).mean().backward()
        v = 0.9 * v + w.grad
        w = (w.detach() - 0.1 / (1 + k / 10) * v).requires_grad_()
        k += 1
    state = {"weights": w.tolist(), "velocity": v.tolist(), "k": k, "left": left}
    return state | {"rng": rng.bit_generator.state}
