def character_score(hypotheses, references, order, beta):
    """Walk through both sorted lists of n-grams at once."""
    P = R = used = 0
    for n in range(1, order + 1):
        m = h = r = 0
        for pair in zip(hypotheses, references):
            a, b = (
                sorted(text[i : i + n] for i in range(len(text) - n + 1))
                for text in ("".join(c for c in s if not c.isspace()) for s in pair)
            )
            h, r = h + len(a), r + len(b)
            i = j = 0
            while i < len(a) and j < len(b):
                if a[i] == b[j]:
                    m, i, j = m + 1, i + 1, j + 1
                elif a[i] < b[j]:
                    i += 1
                else:
                    j += 1
        if h and r:
            P, R, used = P + m / h, R + m / r, used + 1
    if not P:
        return 0.0
    return 100 * (1 + beta**2) * P * R / (beta**2 * P + R) / used
