import torch


def decayed_sequence(x, gaps, h0, weight_ih, weight_hh, bias, weight_gap, bias_gap):
    arrays = (x, gaps, h0, weight_ih, weight_hh, bias, weight_gap, bias_gap)
    x, gaps, h, w, u, b, w_gap, b_gap = map(torch.as_tensor, arrays)
    u_gates, u_n = u.split([2 * h.shape[1], h.shape[1]])
    outputs = []
    for drive, gap in zip((x @ w.T + b).unbind(1), gaps.unbind(1)):
        h = h * torch.exp(-torch.relu(gap[:, None] * w_gap + b_gap))
        new_r, new_z, new_n = drive.chunk(3, dim=1)
        r, z = (torch.cat([new_r, new_z], dim=1) + h @ u_gates.T).sigmoid().chunk(2, dim=1)
        h = torch.lerp(torch.tanh(new_n + (r * h) @ u_n.T), h, z)
        outputs.append(h)
    return torch.stack(outputs, dim=1)
