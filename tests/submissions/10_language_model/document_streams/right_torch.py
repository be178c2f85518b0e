import torch


def document_streams(documents, size, length):
    streams = [([], [], []) for _ in range(size)]
    counts = [0] * size
    for document in documents:
        document = torch.as_tensor(document)
        if len(document) < 2:
            continue
        b = min(range(size), key=lambda i: (counts[i], i))
        counts[b] += len(document) - 1
        mark = torch.zeros(len(document) - 1, dtype=torch.bool)
        mark[0] = True
        for part, piece in zip(streams[b], (document[:-1], document[1:], mark)):
            part.append(piece)
    S = max(counts)
    lines = []
    for i, (filler, kind) in enumerate([(0, torch.long), (-100, torch.long), (False, torch.bool)]):
        line = torch.full((size, S), filler, dtype=kind)
        for b in range(size):
            if streams[b][i]:
                line[b, : counts[b]] = torch.cat(streams[b][i])
        lines.append(line)
    return list(zip(*(torch.split(line, length, dim=1) for line in lines)))
