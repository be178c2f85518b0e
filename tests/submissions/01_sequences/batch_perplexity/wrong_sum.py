"""You take the exponential of the sum of the nats, which grows with the text: divide by the
number of symbols first. See section 1.6.
"""

import numpy as np


def batch_perplexity(p, mask):
    return float(np.exp(-np.log(p[mask != 0]).sum()))
