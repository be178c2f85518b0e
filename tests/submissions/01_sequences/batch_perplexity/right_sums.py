import numpy as np


def batch_perplexity(p, mask):
    nats = -(mask * np.log(p)).sum()
    return np.exp(nats / mask.sum())
