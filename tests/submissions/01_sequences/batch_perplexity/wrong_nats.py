"""You return the mean of the nats: the perplexity is its exponential. See section 1.6."""

import numpy as np


def batch_perplexity(p, mask):
    return float(-np.log(p[mask != 0]).mean())
