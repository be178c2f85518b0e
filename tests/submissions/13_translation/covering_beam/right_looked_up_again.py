import math


def covering_beam(logs, looks, width, alpha, beta):
    """Keep the pieces and their sums only, and add up the attention when all is done."""
    beam, done = {(): 0.0}, {}
    for u in range(logs.shape[0]):
        grown = {}
        for pieces, total in beam.items():
            before = pieces[-1] if pieces else 0
            for piece in range(logs.shape[2]):
                grown[(*pieces, piece)] = total + float(logs[u, before, piece])
        kept = sorted(grown, key=grown.get, reverse=True)[:width]
        beam = {pieces: grown[pieces] for pieces in kept if pieces[-1]}
        done |= {pieces: grown[pieces] for pieces in kept if not pieces[-1]}
        if not beam:
            break

    def score(pieces):
        value = done[pieces] * (6 / (5 + len(pieces))) ** alpha
        for t in range(looks.shape[2]):
            looked = sum(looks[u, (0, *pieces)[u], t] for u in range(len(pieces)))
            value += beta * min(math.log(looked), 0.0)
        return value

    best = max(done, key=score)
    return list(best[:-1]), score(best)
