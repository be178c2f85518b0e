import torch
from torch import nn


def answer_analogies(vectors, questions, epsilon):
    rows = nn.functional.normalize(torch.tensor(vectors), dim=1)
    near = (1 + rows @ rows.T).clamp(min=1e-15) / 2
    answers, best, right = [], [], []
    for row in questions.tolist():
        if -1 in row:
            answers.append(-1)
            best.append(0.0)
            continue
        a, b, c, d = row
        score = near[b].log() + near[c].log() - (near[a] + epsilon).log()
        score[[a, b, c]] = -torch.inf
        answers.append(score.argmax().item())
        best.append(score.max().exp().item())
        right.append(answers[-1] == d)
    return answers, best, sum(right) / len(right)
