"""Each tag keeps its kind in your answer: a span has one kind, by the vote of its tags. See
section 12.10.
"""


def mended(tags):
    spans = []
    for place, tag in enumerate(tags):
        if tag[0] == "B" or (tag[0] == "I" and (place == 0 or tags[place - 1] == "O")):
            spans.append([place])
        elif tag[0] == "I":
            spans[-1].append(place)
    spelled = ["O"] * len(tags)
    for places in spans:
        for place in places:
            spelled[place] = f"I-{tags[place][2:]}"
        spelled[places[0]] = f"B-{tags[places[0]][2:]}"
        letter = "E" if len(places) > 1 else "S"
        spelled[places[-1]] = f"{letter}-{tags[places[-1]][2:]}"
    return spelled
