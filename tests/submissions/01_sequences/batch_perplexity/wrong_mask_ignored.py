"""Your mean is taken over the padding as well: only real symbols count. See section 1.9."""

import numpy as np


def batch_perplexity(p, mask):
    return float(np.exp(-np.log(p).mean()))
