"""Forged messages: functions of the grading side are called that it never offered.

With numbers that are negative, enormous or no numbers, and arguments of every kind.
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

    def call(message):
        for number in (0, -1, 1, 10**30, True, None, "os.system", "__import__", [0], 0.0):
            for args in ((), ("touch @COURSE@/attack_marker.txt",), None, [1]):
                for kwargs in ({}, {"shell": True}, {1: 2}, None):
                    found._send(
                        {"do": "callback", "number": number, "args": args, "kwargs": kwargs}
                    )
                    answer = found._receive()
                    if "value" in answer:
                        print("!" * 5, "called", number, answer)
        return {"value": 0.0}

    served["call"] = call
