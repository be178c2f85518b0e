"""Do the LSTM and the GRU compute what the ONNX standard says, on its own tests and beyond?

ONNX has the time axis first (or the batch, with layout 1), a separate axis for the directions, the
gates in the order i, o, f, c for an LSTM and z, r, h for a GRU, the peepholes in the order i, o, f,
and both biases in one row. `run` translates; the layers of the course do the rest.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from onnx.backend.test.case.node import gru as gru_cases
from onnx.backend.test.case.node import lstm as lstm_cases
from onnx.reference import ReferenceEvaluator
from torch import Tensor

from rnn_utils import gru, lstm

Case = tuple[onnx.NodeProto, list[np.ndarray], list[np.ndarray]]
INPUTS = {
    "LSTM": ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"),
    "GRU": ("X", "W", "R", "B", "sequence_lens", "initial_h"),
}
OUTPUTS = {"LSTM": ("Y", "Y_h", "Y_c"), "GRU": ("Y", "Y_h")}
ORDER = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2)}  # where i, f, g, o and r, z, n stand in ONNX


def run(
    node: onnx.NodeProto, inputs: list[np.ndarray], fast: bool = False
) -> dict[str, np.ndarray]:
    """Run a node of ONNX by a layer of the course, in the precision of its inputs."""
    kind = node.op_type
    values = iter(inputs)  # an input that was left out has an empty name
    given = {
        name: torch.from_numpy(next(values))
        for name, own in zip(INPUTS[kind], node.input, strict=False)
        if own
    }
    options = {item.name: helper.get_attribute_value(item) for item in node.attribute}
    direction = options.pop("direction", b"forward").decode()
    batch_first, hidden = options.pop("layout", 0) == 1, options.pop("hidden_size")
    own: dict[str, bool] = {"fast": fast}
    if kind == "GRU":
        own["reset_after"] = options.pop("linear_before_reset", 0) == 1
    elif "P" in given:
        own = {"peephole": True}  # for which there is no fast path
    assert not options, f"not translated: {options}"
    layer = (lstm.LSTM if kind == "LSTM" else gru.GRU)(
        given["W"].shape[2],
        hidden,
        bias="B" in given,
        bidirectional=direction != "forward",
        dtype=given["W"].dtype,
        **own,
    )
    # a network that only reads backwards is the second half of one that reads both ways
    rows = [0, 0] if direction == "reverse" else list(range(len(given["W"])))
    weights: dict[str, Tensor] = {}
    for row, suffix in zip(rows, ("_l0", "_l0_reverse"), strict=False):
        own_weights = {"weight_ih": given["W"][row], "weight_hh": given["R"][row]}
        if "B" in given:
            own_weights["bias_ih"], own_weights["bias_hh"] = given["B"][row].chunk(2)
        for key, value in own_weights.items():
            blocks = value.chunk(len(ORDER[kind]))
            weights[key + suffix] = torch.cat([blocks[place] for place in ORDER[kind]])
        if "P" in given:
            for key, value in zip(("ci", "co", "cf"), given["P"][row].chunk(3), strict=True):
                weights[f"weight_{key}{suffix}"] = value
    layer.load_state_dict(weights)
    x = given["X"] if batch_first else given["X"].transpose(0, 1)
    parts = []
    for key in ("initial_h", "initial_c")[: layer.PARTS]:
        part = given.get(key, x.new_zeros(1, 1, hidden))
        if batch_first:
            part = part.transpose(0, 1)
        parts.append(part.expand(len(rows), len(x), hidden))
    with torch.no_grad():
        state = tuple(parts) if kind == "LSTM" else parts[0]
        output, final = layer(x, state, lengths=given.get("sequence_lens"))
    output = output.unflatten(2, (len(rows), hidden))  # (B, T, directions, H)
    finals = final if kind == "LSTM" else (final,)
    if direction == "reverse":
        output, finals = output[:, :, 1:], tuple(part[1:] for part in finals)
    if not batch_first:
        output = output.permute(1, 2, 0, 3)  # (T, directions, B, H)
    else:
        finals = tuple(part.transpose(0, 1) for part in finals)
    results = zip(OUTPUTS[kind], (output, *finals), strict=True)
    return {name: value.numpy() for name, value in results}


# the standard's own node tests


def collected() -> dict[str, Case]:
    """Return the cases that the package `onnx` makes for the two operators, by name."""
    cases: dict[str, Case] = {}

    def keep(
        node: onnx.NodeProto, inputs: list[np.ndarray], outputs: list[np.ndarray], name: str
    ) -> None:
        cases[name] = node, inputs, outputs

    with pytest.MonkeyPatch.context() as patch:
        for module, kind in ((lstm_cases, lstm_cases.LSTM), (gru_cases, gru_cases.GRU)):
            patch.setattr(module, "expect", keep)
            np.random.seed(0)  # noqa: NPY002 (one case draws its weights from the global generator)
            for name in sorted(dir(kind)):
                if name.startswith("export_"):
                    getattr(kind, name)()
    return cases


CASES = collected()


def test_are_all_node_tests_of_both_operators_here() -> None:
    shared = {"defaults", "with_initial_bias", "batchwise", "reverse", "bidirectional"}
    expected = {f"test_{kind}_{name}" for kind in ("lstm", "gru") for name in shared}
    assert expected | {"test_lstm_with_peepholes", "test_gru_seq_length"} <= CASES.keys()
    assert len(CASES) >= 12


@pytest.mark.parametrize("fast", [False, True], ids=["readable", "fast"])
@pytest.mark.parametrize("name", CASES)
def test_do_our_layers_pass_the_node_test(name: str, fast: bool) -> None:
    node, inputs, outputs = CASES[name]
    got = run(node, inputs, fast)
    asked = [key for key, own in zip(OUTPUTS[node.op_type], node.output, strict=False) if own]
    assert len(asked) == len(outputs)
    for key, expected in zip(asked, outputs, strict=True):
        assert got[key].shape == expected.shape
        np.testing.assert_allclose(got[key], expected, rtol=1e-5, atol=1e-6, err_msg=key)


# beyond them: drawn models, in float64, against the standard's reference evaluator


def drawn(kind: str, seed: int, present: set[str], **attributes: Any) -> Case:
    """Return a node, drawn inputs of all different sizes, and no outputs."""
    draw = np.random.default_rng(seed)
    steps, batch, features, hidden = draw.permutation([2, 3, 4, 5])
    directions = 2 if attributes.get("direction") == "bidirectional" else 1
    blocks = len(ORDER[kind])
    shapes = {
        "X": (steps, batch, features),
        "W": (directions, blocks * hidden, features),
        "R": (directions, blocks * hidden, hidden),
        "B": (directions, 2 * blocks * hidden),
        "initial_h": (directions, batch, hidden),
        "initial_c": (directions, batch, hidden),
        "P": (directions, 3 * hidden),
    }
    if attributes.get("layout") == 1:
        for key in ("X", "initial_h", "initial_c"):
            shapes[key] = tuple(shapes[key][axis] for axis in (1, 0, 2))
    values = {key: draw.normal(size=shape) for key, shape in shapes.items()}
    values["sequence_lens"] = draw.integers(1, steps + 1, size=batch).astype(np.int32)
    names = [key if key in present | {"X", "W", "R"} else "" for key in INPUTS[kind]]
    while not names[-1]:
        names.pop()
    node = helper.make_node(kind, names, OUTPUTS[kind], hidden_size=int(hidden), **attributes)
    return node, [values[key] for key in names if key], []


def reference(node: onnx.NodeProto, inputs: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Run the node by the evaluator that comes with the standard."""
    names = [name for name in node.input if name]
    shown = [
        helper.make_tensor_value_info(
            name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape
        )
        for name, value in zip(names, inputs, strict=True)
    ]
    results = [
        helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None] * (4 if name == "Y" else 3))
        for name in node.output
    ]
    graph = helper.make_graph([node], "one node", shown, results)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)])
    onnx.checker.check_model(model)
    values = ReferenceEvaluator(model).run(None, dict(zip(names, inputs, strict=True)))
    return dict(zip(node.output, values, strict=True))


DIRECTIONS = ("forward", "reverse", "bidirectional")
STATES = {"LSTM": {"initial_h", "initial_c"}, "GRU": {"initial_h"}}


def variants() -> list[Any]:
    """Return every mixture of direction, layout, biases, initial states, and the own option."""
    found = []
    for kind, direction, layout, bias, state, option in itertools.product(
        ("LSTM", "GRU"), DIRECTIONS, (0, 1), (False, True), (False, True), (False, True)
    ):
        present = ({"B"} if bias else set()) | (STATES[kind] if state else set())
        attributes: dict[str, Any] = {"direction": direction, "layout": layout}
        if kind == "LSTM":
            present |= {"P"} if option else set()
        else:
            attributes["linear_before_reset"] = int(option)
        words = [kind, direction, f"layout-{layout}", *sorted(present)]
        words += [f"before-{int(option)}"] if kind == "GRU" else []
        found.append(pytest.param(kind, present, attributes, id="-".join(words)))
    return found


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("kind", "present", "attributes"), variants())
def test_do_our_layers_equal_the_reference_evaluator(
    kind: str, present: set[str], attributes: dict[str, Any], seed: int
) -> None:
    node, inputs, _ = drawn(kind, seed, present, **attributes)
    expected = reference(node, inputs)
    for fast in (False, True):
        got = run(node, inputs, fast)
        assert got.keys() == expected.keys()
        for key, value in expected.items():
            assert got[key].shape == value.shape
            np.testing.assert_allclose(got[key], value, rtol=0, atol=1e-12, err_msg=key)


def alone(kind: str, node: onnx.NodeProto, inputs: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Run each example by itself, cut to its length, and put the results side by side."""
    names = [name for name in node.input if name]
    named = dict(zip(names, inputs, strict=True))
    lengths = named.pop("sequence_lens")
    plain = onnx.NodeProto.FromString(node.SerializeToString())
    plain.input[names.index("sequence_lens")] = ""
    steps, batch, _ = named["X"].shape
    results: dict[str, list[np.ndarray]] = {key: [] for key in OUTPUTS[kind]}
    for b in range(batch):
        own = dict(named)
        for key in ("X", *STATES[kind]):
            own[key] = named[key][:, b : b + 1]
        own["X"] = own["X"][: lengths[b]]
        for key, value in reference(plain, list(own.values())).items():
            if key == "Y":  # 0 past the end
                value = np.pad(value, [(0, steps - lengths[b]), (0, 0), (0, 0), (0, 0)])
            results[key].append(value)
    axis = {"Y": 2, "Y_h": 1, "Y_c": 1}
    return {key: np.concatenate(parts, axis=axis[key]) for key, parts in results.items()}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("option", [0, 1])
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_do_sequence_lengths_equal_the_examples_alone(
    kind: str, direction: str, option: int, seed: int
) -> None:
    present = {"B", "sequence_lens"} | STATES[kind]
    attributes: dict[str, Any] = {"direction": direction}
    if kind == "GRU":
        attributes["linear_before_reset"] = option
    elif option:
        present.add("P")
    node, inputs, _ = drawn(kind, seed, present, **attributes)
    expected = alone(kind, node, inputs)
    for fast in (False, True):
        for key, value in run(node, inputs, fast).items():
            np.testing.assert_allclose(value, expected[key], rtol=0, atol=1e-12, err_msg=key)


def test_do_the_two_places_of_the_reset_gate_differ() -> None:
    results = []
    for option in (0, 1):
        node, inputs, _ = drawn("GRU", 0, {"B"}, linear_before_reset=option)
        results.append(reference(node, inputs)["Y_h"])
    assert abs(results[0] - results[1]).max() > 0.01


def test_does_the_translation_refuse_what_it_does_not_know() -> None:
    node, inputs, _ = drawn("LSTM", 0, set(), input_forget=1)
    with pytest.raises(AssertionError, match=r"not translated: \{'input_forget': 1\}"):
        run(node, inputs)
