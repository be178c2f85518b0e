import numpy as np


def honest_report(batches):
    logits = np.concatenate([logits for logits, _ in batches])
    one_hot = np.eye(logits.shape[1])[np.concatenate([classes for _, classes in batches])]
    loss = np.logaddexp.reduce(logits, axis=1) - (logits * one_hot).sum(axis=1)
    hits = logits.argmax(axis=1) == one_hot.argmax(axis=1)
    return loss.mean(), hits.mean()
