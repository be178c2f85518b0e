import torch
from torch.nn.utils.rnn import pad_sequence


def teacher_batch(answers, start, end, padding, most):
    rows = [torch.tensor([*answer, end])[:most] for answer in answers]
    lengths = torch.tensor([len(row) for row in rows])
    targets = pad_sequence(rows, batch_first=True, padding_value=padding)
    mask = torch.arange(targets.shape[1]) < lengths[:, None]
    inputs = targets.roll(1, dims=1)
    inputs[:, 0] = start
    return inputs.masked_fill(~mask, padding), targets, mask.long()
