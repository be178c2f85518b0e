"""Do errors name the argument, what was expected and what came?"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rnn_utils._errors import expect_one_of, expect_positive, expect_shape


@pytest.mark.parametrize("make", [np.zeros, torch.zeros])
def test_are_the_letters_of_a_shape_bound(make) -> None:
    assert expect_shape("x", make((2, 5, 3)), "B T D") == {"B": 2, "T": 5, "D": 3}
    assert expect_shape("w", make((4, 4)), "H H") == {"H": 4}
    assert expect_shape("w", make((8, 4)), "8 H", H=4) == {"H": 4}


@pytest.mark.parametrize(
    ("shape", "letters", "sizes", "message"),
    [
        (
            (2, 5, 4),
            "B T D",
            {"D": 3},
            r"x: expected shape \(B, T, D\) with D = 3, got",
        ),
        ((2, 5), "B T D", {}, r"x: expected shape \(B, T, D\), got \(2, 5\)"),
        ((2, 5, 3, 1), "B T D", {}, r"x: expected shape \(B, T, D\), got \(2, 5, 3, 1\)"),
        ((3, 4), "H H", {}, r"x: expected shape \(H, H\), got \(3, 4\)"),
        ((), "B", {}, r"x: expected shape \(B,\), got \(\)"),
    ],
)
def test_does_a_wrong_shape_name_what_was_expected(shape, letters, sizes, message) -> None:
    with pytest.raises(ValueError, match=message):
        expect_shape("x", np.zeros(shape), letters, **sizes)


def test_is_a_thing_without_a_shape_a_type_error() -> None:
    with pytest.raises(TypeError, match=r"x: expected an array or tensor of shape .*, got list"):
        expect_shape("x", [[1, 2]], "B T")


def test_does_a_wrong_choice_list_the_choices() -> None:
    expect_one_of("nonlinearity", "tanh", ("tanh", "relu"))
    with pytest.raises(ValueError, match="expected one of 'tanh', 'relu', got 'gelu'"):
        expect_one_of("nonlinearity", "gelu", ("tanh", "relu"))


@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_does_a_number_out_of_range_say_so(value) -> None:
    expect_positive("n", 1)
    expect_positive("n", 0, zero=True)
    with pytest.raises(ValueError, match="n: expected a number above 0"):
        expect_positive("n", value)


@pytest.mark.parametrize("value", ["3", None, True])
def test_is_a_thing_that_is_no_number_a_type_error(value) -> None:
    with pytest.raises(TypeError, match="n: expected a number above 0"):
        expect_positive("n", value)
