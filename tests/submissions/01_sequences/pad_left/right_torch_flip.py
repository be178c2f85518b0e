import torch
from torch.nn.utils.rnn import pad_sequence


def pad_left(rows, value):
    turned = [torch.tensor(row[::-1], dtype=torch.float32) for row in rows]
    padded = pad_sequence(turned, batch_first=True, padding_value=value).flip(1)
    lengths = torch.tensor([len(row) for row in rows])
    places = torch.arange(padded.shape[1])
    return padded, places >= (padded.shape[1] - lengths)[:, None]
