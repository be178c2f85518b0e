import statistics


def paired_comparison(first, second, quantiles):
    d = [first[seed] - second[seed] for seed in first.keys() & second.keys()]
    half = quantiles[len(d) - 1] * statistics.stdev(d) / len(d) ** 0.5
    mean = statistics.mean(d)
    ends = mean - half, mean + half
    words = {(True, True): "first is better", (False, False): "second is better"}
    return mean, *ends, words.get((ends[0] < 0, ends[1] < 0), "undecided")
