def paired_comparison(first, second, quantiles):
    differences = []
    for seed, error in first.items():
        if seed in second:
            differences.append(error - second[seed])
    n = len(differences)
    mean = sum(differences) / n
    squares = sum((d - mean) ** 2 for d in differences)
    half = quantiles[n - 1] * (squares / (n - 1) / n) ** 0.5
    verdict = "undecided"
    if abs(mean) > half:
        verdict = "first is better" if mean < 0 else "second is better"
    return mean, mean - half, mean + half, verdict
