"""You sum over the real symbols and divide by all B T places: divide by the number of real
ones. See section 1.9.
"""

import numpy as np


def batch_perplexity(p, mask):
    return np.exp(-(mask * np.log(p)).sum() / mask.size)
