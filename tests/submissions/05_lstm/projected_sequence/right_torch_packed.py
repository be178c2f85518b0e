import torch
from torch import nn


def projected_sequence(x, lengths, r0, c0, weight_ih, weight_hh, bias, weight_r, weight_p):
    x, r, c, w, u, b, to_r, to_p = (
        torch.as_tensor(a) for a in (x, r0, c0, weight_ih, weight_hh, bias, weight_r, weight_p)
    )
    packed = nn.utils.rnn.pack_padded_sequence(
        x, torch.as_tensor(lengths), batch_first=True, enforce_sorted=False
    )
    order = packed.sorted_indices
    r, c, start, rows = r[order], c[order], 0, []
    for n in packed.batch_sizes.tolist():
        i, f, g, o = (packed.data[start : start + n] @ w.T + r[:n] @ u.T + b).chunk(4, dim=1)
        new = f.sigmoid() * c[:n] + i.sigmoid() * g.tanh()
        m = o.sigmoid() * new.tanh()
        r, c = torch.cat([m @ to_r.T, r[n:]]), torch.cat([new, c[n:]])
        rows.append(torch.cat([m @ to_r.T, m @ to_p.T], dim=1))
        start += n
    outputs, _ = nn.utils.rnn.pad_packed_sequence(
        packed._replace(data=torch.cat(rows)), batch_first=True, total_length=x.shape[1]
    )
    back = packed.unsorted_indices
    return outputs, r[back], c[back]
