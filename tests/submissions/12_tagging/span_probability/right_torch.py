import torch


def span_probability(emissions, transitions, start, end, begin, inside, first, stop):
    e, A = torch.tensor(emissions), torch.tensor(transitions)
    free = torch.zeros_like(e)
    fixed = torch.zeros_like(e)
    for t in range(len(e)):
        for k in range(e.shape[1]):
            wanted = True
            if first <= t < stop:
                wanted = k == (begin if t == first else inside)
            elif t == stop:
                wanted = k != inside
            fixed[t, k] = 0.0 if wanted else -torch.inf
    logs = []
    for penalty in (fixed, free):
        alpha = torch.tensor(start) + e[0] + penalty[0]
        for t in range(1, len(e)):
            alpha = torch.logsumexp(alpha.unsqueeze(1) + A, dim=0) + e[t] + penalty[t]
        logs.append(torch.logsumexp(alpha + torch.tensor(end), dim=0))
    return float((logs[0] - logs[1]).exp())
