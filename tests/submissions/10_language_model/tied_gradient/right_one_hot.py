import numpy as np


def tied_gradient(table, tokens, errors, states, targets, kept):
    V, H = table.shape
    x = np.eye(V)[tokens.ravel()] * kept  # (N, V)
    s = states.reshape(-1, H)
    real = (targets.ravel() != -100).astype(float)
    y = np.eye(V)[np.where(real > 0, targets.ravel(), 0)]
    z = s @ table.T
    z = z - z.max(axis=1, keepdims=True)
    logs = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    weight = real / real.sum()
    loss = -(weight * (y * logs).sum(axis=1)).sum()
    return loss, x.T @ errors.reshape(-1, H) + (weight[:, None] * (np.exp(logs) - y)).T @ s
