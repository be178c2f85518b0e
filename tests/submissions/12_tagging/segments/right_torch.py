import torch


def segments(emissions, durations, transitions):
    e, D, A = (torch.tensor(scores) for scores in (emissions, durations, transitions))
    A = A.fill_diagonal_(-torch.inf)
    (T, K), L = e.shape, len(D)
    logs, tops, begins = [], [], []
    for v in range(1, T + 1):
        rows, bests, places = [], [], []
        for u in range(max(0, v - L), v):
            own = D[v - u - 1] + e[u:v].sum(0)
            if u == 0:
                rows.append(own)
                bests.append(own)
                places += [(0, None)] * K
            else:
                rows.append(own + torch.logsumexp(logs[u - 1][:, None] + A, 0))
                best, label = (tops[u - 1][:, None] + A).max(0)
                bests.append(own + best)
                places += [(u, int(i)) for i in label]
        logs.append(torch.logsumexp(torch.stack(rows), 0))
        best, which = torch.stack(bests).max(0)
        tops.append(best)
        begins.append([places[int(row) * K + k] for k, row in enumerate(which)])
    cut, v, k = [], T, int(tops[-1].argmax())
    while k is not None:
        u, label = begins[v - 1][k]
        cut.append((u, v, k))
        v, k = u, label
    return float(torch.logsumexp(logs[-1], 0)), cut[::-1]
