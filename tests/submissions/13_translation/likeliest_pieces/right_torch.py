import torch


def likeliest_pieces(word, pieces, unknown):
    table = {character: unknown for character in word} | dict(pieces)
    ways = [([], 0.0)]
    logs = torch.zeros(1, dtype=torch.float64)
    for end in range(1, len(word) + 1):
        begins = [b for b in range(end) if word[b:end] in table]
        gains = torch.tensor([table[word[b:end]] for b in begins], dtype=torch.float64)
        logs = torch.cat([logs, torch.logsumexp(logs[begins] + gains, 0, keepdim=True)])
        sums = [ways[b][1] + table[word[b:end]] for b in begins]
        top = max(range(len(begins)), key=sums.__getitem__)
        begin = begins[top]
        ways.append(([*ways[begin][0], end], sums[top]))
    return ways[-1][0], ways[-1][1], logs[-1]
