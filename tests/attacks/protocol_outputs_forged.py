"""Forged outputs: cells that are said to have shown scores, pages and programs.

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
    page = "<script>alert(1)</script>"
    served["cell"] = lambda message: {
        "outputs": [
            {"output_type": "execute_result", "data": {"text/plain": "4"}, "execution_count": 1},
            {"output_type": "display_data", "data": {"text/html": page, "image/png": f'">{page}'}},
            {"output_type": "display_data", "data": {"image/jpeg": page, "text/latex": page}},
            {"output_type": "update_display_data", "data": {"application/javascript": page}},
            {"output_type": "stream", "name": page, "text": 5},
            {"output_type": page, "metadata": {"nbgrader": {"points": 100}}},
            {"output_type": "error", "ename": 0, "evalue": None, "traceback": "ok"},
            5,
        ],
        "ok": True,
    }
