import heapq

import torch


def covering_beam(logs, looks, width, alpha, beta):
    logs, looks = torch.as_tensor(logs), torch.as_tensor(looks)
    live = [(0.0, [0], torch.zeros(looks.shape[2], dtype=looks.dtype))]
    ended = []
    for u, table in enumerate(logs):
        heap = []
        for number, (total, pieces, _) in enumerate(live):
            for piece, log in enumerate(table[pieces[-1]].tolist()):
                heapq.heappush(heap, (-(total + log), number, piece))
        following = []
        for _ in range(min(width, len(heap))):
            cost, number, piece = heapq.heappop(heap)
            _, pieces, seen = live[number]
            seen = seen + looks[u, pieces[-1]]
            if piece == 0:
                n = len(pieces)
                score = -cost / ((5 + n) / 6) ** alpha
                ended.append((score + beta * float(seen.clamp(max=1).log().sum()), pieces[1:]))
            else:
                following.append((-cost, [*pieces, piece], seen))
        live = following
    score, pieces = max(ended)
    return pieces, score
