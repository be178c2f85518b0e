"""You take one over the mean probability: the logarithm comes before the mean. See section
1.6.
"""

import numpy as np


def batch_perplexity(p, mask):
    return float(1 / p[mask != 0].mean())
