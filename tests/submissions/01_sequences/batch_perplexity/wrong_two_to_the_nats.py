"""Your logarithm is the natural one and your power has base 2: use the same base for both.
See section 1.6.
"""

import numpy as np


def batch_perplexity(p, mask):
    return float(2 ** -np.log(p[mask != 0]).mean())
