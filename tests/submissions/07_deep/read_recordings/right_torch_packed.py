import torch
from torch import nn


def read_recordings(x, starts, lengths, weight_ih, weight_ahead, weight_back, bias):
    x = torch.as_tensor(x)
    layer = nn.RNN(x.shape[2], len(bias), batch_first=True, bidirectional=True).double()
    for mark, weight in (("", weight_ahead), ("_reverse", weight_back)):
        getattr(layer, f"weight_ih_l0{mark}").data = torch.as_tensor(weight_ih)
        getattr(layer, f"weight_hh_l0{mark}").data = torch.as_tensor(weight)
        getattr(layer, f"bias_ih_l0{mark}").data = torch.as_tensor(bias)
        getattr(layer, f"bias_hh_l0{mark}").data.zero_()
    pieces = [row[s : s + n] for row, s, n in zip(x, starts, lengths)]
    states, final = layer(nn.utils.rnn.pack_sequence(pieces, enforce_sorted=False))
    states, _ = nn.utils.rnn.pad_packed_sequence(states, batch_first=True)
    outputs = torch.zeros(*x.shape[:2], len(bias)).double()
    for b, (s, n) in enumerate(zip(starts, lengths)):
        outputs[b, s : s + n] = sum(states[b, :n].chunk(2, dim=1))
    return outputs.detach(), final[0].detach(), final[1].detach()
