import numpy as np


def span_probability(emissions, transitions, start, end, begin, inside, first, stop):
    """Put together what comes before the span, the span, and what comes after it."""
    T, K = emissions.shape
    alpha, beta = [start + emissions[0]], [end]
    for t in range(1, T):
        alpha.append(emissions[t] + np.logaddexp.reduce(alpha[-1][:, None] + transitions, axis=0))
    for t in range(T - 1, 0, -1):
        beta.insert(0, np.logaddexp.reduce(transitions + emissions[t] + beta[0], axis=1))
    whole = np.logaddexp.reduce(alpha[-1] + end)
    total = alpha[first][begin]
    last = begin
    for t in range(first + 1, stop):
        total += transitions[last, inside] + emissions[t, inside]
        last = inside
    if stop == T:
        total += end[last]
    else:
        after = transitions[last] + emissions[stop] + beta[stop]
        total += np.logaddexp.reduce(np.delete(after, inside))
    return float(np.exp(total - whole))
