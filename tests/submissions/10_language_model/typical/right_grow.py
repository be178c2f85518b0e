import numpy as np


def typical(logits, temperature, mass, least):
    rows = []
    for z in logits:
        there = np.flatnonzero(z > -np.inf)
        z = z[there] / temperature
        logs = z - z.max() - np.log(np.exp(z - z.max()).sum())
        p = np.exp(logs)
        order = np.argsort(np.abs(-logs + (p * logs).sum()), kind="stable")
        n = least
        while p[order[:n]].sum() < mass:
            n += 1
        row = np.zeros(logits.shape[1])
        row[there[order[:n]]] = p[order[:n]]
        rows.append(row / row.sum())
    return np.array(rows)
