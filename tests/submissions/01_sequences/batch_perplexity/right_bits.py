import math


def batch_perplexity(p, mask):
    bits, count = 0.0, 0
    for row, there in zip(p.tolist(), mask.tolist()):
        for chance, real in zip(row, there):
            if real:
                bits -= math.log2(chance)
                count += 1
    return 2 ** (bits / count)
