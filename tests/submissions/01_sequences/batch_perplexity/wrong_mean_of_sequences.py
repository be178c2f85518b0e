"""You average the perplexities of the sequences, so a symbol in a short one weighs more:
average the nats of all real symbols first. See section 1.6.
"""

import numpy as np


def batch_perplexity(p, mask):
    nats = -(mask * np.log(p)).sum(axis=1) / mask.sum(axis=1)
    return np.exp(nats).mean()
