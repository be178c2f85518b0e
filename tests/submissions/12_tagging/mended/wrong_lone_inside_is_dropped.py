"""You turn an I- that goes on with nothing into O: it begins a span. See section 12.10."""

from collections import Counter


def mended(tags):
    spans = []
    for place, tag in enumerate(tags):
        if tag[0] == "B":
            spans.append([place])
        elif tag[0] == "I" and spans and spans[-1][-1] == place - 1:
            spans[-1].append(place)
    spelled = ["O"] * len(tags)
    for places in spans:
        kind = Counter(tags[place][2:] for place in places).most_common(1)[0][0]
        for place in places:
            spelled[place] = f"I-{kind}"
        spelled[places[0]] = f"B-{kind}"
        spelled[places[-1]] = f"E-{kind}" if len(places) > 1 else f"S-{kind}"
    return spelled
