"""You take the mean of one over the probabilities: the logarithm comes before the mean, the
exponential after it. See section 1.6.
"""

import numpy as np


def batch_perplexity(p, mask):
    return float((1 / p[mask != 0]).mean())
