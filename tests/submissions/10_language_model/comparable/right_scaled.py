import numpy as np
import torch


def comparable(logits, targets, words, unknown, types):
    nats = []
    strange = 0
    for z, y in zip(logits, targets):
        logs = torch.tensor(z).log_softmax(dim=-1).numpy()
        picked = np.take_along_axis(logs, np.where(y < 0, 0, y)[..., None], axis=-1)[..., 0]
        nats.extend(-picked[y >= 0])
        strange += np.count_nonzero(y == unknown)
    mean = np.mean(nats)
    per_word = np.exp(mean * len(nats) / words)
    return mean, per_word, per_word * types ** (strange / words)
