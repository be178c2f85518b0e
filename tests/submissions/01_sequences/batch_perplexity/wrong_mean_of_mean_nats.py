"""You average the nats within each sequence and then over the sequences, so a symbol in a
short one weighs more: every real symbol counts the same. See section 1.9.
"""

import numpy as np


def batch_perplexity(p, mask):
    nats = -(mask * np.log(p)).sum(axis=1) / mask.sum(axis=1)
    return np.exp(nats.mean())
