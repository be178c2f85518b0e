"""An I- after O goes to the span before the O in your answer: it begins one of its own. See
section 12.10.
"""

from collections import Counter


def mended(tags):
    spans = []
    for place, tag in enumerate(tags):
        if tag[0] == "B" or (tag[0] == "I" and not spans):
            spans.append([place])
        elif tag[0] == "I":
            spans[-1].append(place)
    spelled = ["O"] * len(tags)
    for places in spans:
        kind = Counter(tags[place][2:] for place in places).most_common(1)[0][0]
        for place in range(places[0], places[-1] + 1):
            spelled[place] = f"I-{kind}"
        spelled[places[0]] = f"B-{kind}"
        spelled[places[-1]] = f"E-{kind}" if len(places) > 1 else f"S-{kind}"
    return spelled
