import torch

from rnn_utils import attention


def relative_attention(queries, keys, values, mask, bias):
    queries, keys, values = torch.tensor(queries), torch.tensor(keys), torch.tensor(values)
    mask, bias = torch.tensor(mask), torch.tensor(bias)
    values = values.masked_fill(~mask[:, :, None], 0.0)
    R = len(bias) // 2
    distance = torch.arange(keys.shape[1]) - torch.arange(queries.shape[1])[:, None]
    scores = queries @ keys.mT / queries.shape[2] ** 0.5 + bias[distance.clamp(-R, R) + R]
    weights = attention.masked_softmax(scores, mask[:, None])
    return weights @ values, weights
