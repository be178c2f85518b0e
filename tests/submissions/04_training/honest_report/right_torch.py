import torch
from torch.nn import functional as F


def honest_report(batches):
    loss = hits = count = 0
    for logits, classes in batches:
        logits, classes = torch.as_tensor(logits.copy()), torch.as_tensor(classes)
        loss = loss + F.cross_entropy(logits, classes, reduction="sum")
        hits = hits + (logits.argmax(1) == classes).sum()
        count += len(classes)
    return loss / count, hits / count
