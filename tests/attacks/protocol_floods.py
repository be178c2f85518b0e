"""Forged messages: outputs, texts and errors of 20 MB each, past the limits of this process.

aim: leaky_step, masked_sequence, tagger_parameters
harm: feedback
"""

import sys


def process():
    frame = sys._getframe()
    while frame is not None:
        own = frame.f_locals.get("self")
        if type(own).__name__ == "Process" and hasattr(own, "do"):
            print("the process was found")
            return own, own.do
        frame = frame.f_back
    return None, {}


found, served = process()
if found is not None:
    large = "x" * 2 * 10**7
    turn = iter(range(10**9))
    answers = [
        {"value": 0.0, "printed": large},
        {"error": {"name": large[:1000], "message": large, "line": large[: 10**6]}},
        {"value": large},
    ]
    served["call"] = lambda message: answers[next(turn) % 3]
    served["cell"] = lambda message: {
        "outputs": [{"output_type": "stream", "text": large}]
        + [{"output_type": "error", "ename": "x", "evalue": "y", "traceback": ["z"] * 100}] * 1000,
        "ok": True,
    }


def leaky_step(*args):
    return 0.0


masked_sequence = tagger_parameters = leaky_step
