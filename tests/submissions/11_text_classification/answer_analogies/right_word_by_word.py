import math


def answer_analogies(vectors, questions, epsilon):
    def near(x, y):
        return (1 + x @ y / math.sqrt((x @ x) * (y @ y))) / 2

    answers, best, right, asked = [], [], 0, 0
    for question in questions:
        if (question == -1).any():
            answers.append(-1)
            best.append(0.0)
            continue
        a, b, c = vectors[question[:3]]
        scores = {
            w: near(x, b) * near(x, c) / (near(x, a) + epsilon)
            for w, x in enumerate(vectors)
            if w not in question[:3]
        }
        answers.append(max(scores, key=scores.get))
        best.append(scores[answers[-1]])
        right += int(answers[-1] == question[3])
        asked += 1
    return answers, best, right / asked
