import torch

from rnn_utils import embeddings


def counted_vectors(texts, size, window, power, negatives):
    counts = torch.zeros(size, size, dtype=torch.float64)
    listed = [torch.tensor(text) for text in texts]
    for reach in range(1, window + 1):
        centres, contexts = embeddings.pairs(listed, reach)
        share = torch.full((len(centres),), 1 / window, dtype=torch.float64)
        counts.index_put_((centres, contexts), share, accumulate=True)
    noise = embeddings.noise(counts.sum(0), power)
    given = counts / counts.sum(1, keepdim=True).clamp(min=1e-300)
    ratio = given / torch.where(noise > 0, noise, 1.0) / negatives
    return ratio.clamp(min=1.0).log()
