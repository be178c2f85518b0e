import math

import numpy as np


def masked_loss(logits, targets, lengths):
    loss, errors, steps = 0.0, np.zeros(logits.shape), sum(int(n) for n in lengths)
    for b, length in enumerate(lengths):
        for t in range(length):
            top = max(logits[b, t])
            weights = [math.exp(y - top) for y in logits[b, t]]
            k = targets[b, t]
            loss -= (logits[b, t, k] - top - math.log(sum(weights))) / steps
            for j, weight in enumerate(weights):
                errors[b, t, j] = (weight / sum(weights) - (j == k)) / steps
    return loss, errors
