"""You multiply the probabilities by the mask, and the logarithm of 0 is not finite: take the
logarithm first, then leave the padding out. See section 1.9.
"""

import numpy as np


def batch_perplexity(p, mask):
    with np.errstate(divide="ignore"):
        return float(np.exp(-np.log(p * mask).sum() / mask.sum()))
