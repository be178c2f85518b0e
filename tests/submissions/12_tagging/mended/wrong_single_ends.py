"""You give the tag of a span of one token E-: it is S-. See section 12.10."""

from collections import Counter


def mended(tags):
    spans = []
    for place, tag in enumerate(tags):
        if tag[0] == "B" or (tag[0] == "I" and (place == 0 or tags[place - 1] == "O")):
            spans.append([place])
        elif tag[0] == "I":
            spans[-1].append(place)
    spelled = ["O"] * len(tags)
    for places in spans:
        kind = Counter(tags[place][2:] for place in places).most_common(1)[0][0]
        for place in places:
            spelled[place] = f"I-{kind}"
        spelled[places[0]] = f"B-{kind}"
        spelled[places[-1]] = f"E-{kind}"
    return spelled
