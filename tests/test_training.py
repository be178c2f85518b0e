"""Does `fit` train as a bare loop does, stop when it should, and resume bit for bit?"""

import random
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from rnn_utils import training
from rnn_utils.training import Settings, evaluate, evaluating, fit, supervised


class Reader(nn.Module):
    """A recurrent classifier with dropout, so that every random state matters."""

    def __init__(self, features=3, hidden=8, classes=4, dropout=0.3):
        super().__init__()
        self.rnn = nn.RNN(features, hidden, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden, classes)

    def forward(self, x):
        output, _ = self.rnn(x)
        return self.head(self.dropout(output[:, -1]))


LOSS = supervised(F.cross_entropy)
QUIET = Settings(epochs=3, batch_size=8, progress=False)


def data(n=44, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return (
        torch.randn(n, 5, 3, generator=generator),
        torch.randint(0, 4, (n,), generator=generator),
    )


def parts(lr=0.01, seed=1, **options):
    torch.manual_seed(seed)
    model = Reader(**options)
    return model, torch.optim.Adam(model.parameters(), lr=lr)


def quiet(**changes):
    return Settings(**{"epochs": 3, "batch_size": 8, "progress": False, **changes})


def same(ours, theirs):
    for name, value in ours.state_dict().items():
        torch.testing.assert_close(value, theirs.state_dict()[name], rtol=0, atol=0, msg=name)


def without_seconds(history):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in history.rows]


# --- the same numbers as the loop that it replaces ---


def test_does_fit_equal_a_bare_loop_bit_for_bit():
    inputs, targets = data()
    model, optimizer = parts()
    order = torch.Generator().manual_seed(0)
    torch.manual_seed(5)
    for _ in range(3):
        for index in torch.randperm(44, generator=order).split(8):
            optimizer.zero_grad()
            F.cross_entropy(model(inputs[index]), targets[index]).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
    ours, optimizer = parts()
    torch.manual_seed(5)
    fit(ours, (inputs, targets), loss=LOSS, optimizer=optimizer, settings=QUIET)
    same(ours, model)


@pytest.mark.parametrize("clip", [1e-3, 0.1, 1e6])
def test_is_the_update_that_of_torchs_clipping(clip):
    batch = data(8)
    updates = []
    for ours in (True, False):
        torch.manual_seed(1)
        model = Reader(dropout=0.0)
        before = nn.utils.parameters_to_vector(model.parameters()).detach().clone()
        optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
        if ours:
            settings = quiet(epochs=1, clip=clip)
            history = fit(model, [batch], loss=LOSS, optimizer=optimizer, settings=settings)
        else:
            F.cross_entropy(model(batch[0]), batch[1]).backward()
            norm = nn.utils.clip_grad_norm_(model.parameters(), clip)
            assert history["norm"][0] == pytest.approx(float(norm), rel=1e-6)
            optimizer.step()
        updates.append(nn.utils.parameters_to_vector(model.parameters()).detach() - before)
    torch.testing.assert_close(updates[0], updates[1], rtol=0, atol=0)
    assert float(updates[0].norm()) <= clip * (1 + 1e-3)


def test_does_clip_none_leave_the_gradient_alone():
    batch = data(8)
    model, _ = parts(dropout=0.0)
    twin, _ = parts(dropout=0.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=30.0)
    history = fit(
        model, [batch], loss=LOSS, optimizer=optimizer, settings=quiet(epochs=1, clip=None)
    )
    F.cross_entropy(twin(batch[0]), batch[1]).backward()
    for ours, theirs in zip(model.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs - 30.0 * theirs.grad, rtol=0, atol=1e-5)
    assert "norm" not in history.rows[0]


@pytest.mark.parametrize("schedule", ["epoch", "step"])
def test_does_the_scheduler_step_when_it_is_told_to(schedule):
    model, optimizer = parts(lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    history = fit(
        model, data(24), loss=LOSS, optimizer=optimizer, scheduler=scheduler,
        settings=quiet(schedule=schedule),
    )  # fmt: skip
    expected = [1.0, 0.5, 0.25] if schedule == "epoch" else [0.5**3, 0.5**6, 0.5**9]
    assert history["rate"] == expected


def test_does_a_plateau_scheduler_follow_the_monitored_figure():
    model, optimizer = parts(lr=1.0)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, factor=0.1)
    figures = iter([1.0, 2.0, 3.0, 0.5])
    history = fit(
        model, data(), loss=LOSS, optimizer=optimizer, scheduler=plateau,
        measure=lambda _: {"figure": next(figures)},
        settings=quiet(epochs=4, monitor="min figure"),
    )  # fmt: skip
    assert history["rate"] == pytest.approx([1.0, 1.0, 0.1, 0.01])


# --- validation ---


def test_does_validation_run_in_evaluation_mode_and_leave_training_mode():
    modes = []

    def loss(model, batch):
        modes.append((model.training, torch.is_grad_enabled()))
        return LOSS(model, batch)

    model, optimizer = parts()
    model.eval()
    fit(
        model, data(16), valid=data(8), loss=loss, optimizer=optimizer, settings=quiet(epochs=2),
        measure=lambda model: {"training": model.training, "grad": torch.is_grad_enabled()},
    )  # fmt: skip
    assert modes == [(True, True), (True, True), (False, False)] * 2
    assert all(module.training for module in model.modules())


def test_are_the_figures_of_measure_taken_without_dropout():
    model, optimizer = parts()
    inputs, targets = data(20, seed=3)
    seen = []

    def measure(model):
        seen.append(model(inputs))
        return {"again": F.cross_entropy(seen[-1], targets)}

    history = fit(
        model, data(), loss=LOSS, optimizer=optimizer, valid=(inputs, targets),
        measure=measure, settings=QUIET,
    )  # fmt: skip
    assert history["again"] == pytest.approx(history["valid"], rel=1e-5)
    assert not seen[0].requires_grad


@pytest.mark.parametrize("enabled", [True, False])
def test_does_the_global_grad_mode_stay_as_it_was(enabled):
    model, optimizer = parts()
    with torch.set_grad_enabled(enabled):
        history = fit(model, data(), valid=data(8), loss=LOSS, optimizer=optimizer, settings=QUIET)
        assert torch.is_grad_enabled() is enabled
    assert len(history) == 3


def test_is_the_mean_over_unequal_batches_weighted_by_their_counts():
    model, _ = parts()
    inputs, targets = data(11)
    model.eval()
    expected = F.cross_entropy(model(inputs), targets).item()
    model.train()
    for batch_size in (1, 4, 11):
        settings = quiet(batch_size=batch_size)
        assert evaluate(model, (inputs, targets), LOSS, settings) == pytest.approx(
            expected, rel=1e-5
        )
    assert model.training


def test_do_padded_batches_count_only_the_steps_that_are_there():
    torch.manual_seed(0)
    model = nn.Linear(2, 3)
    x, y = torch.randn(4, 6, 2), torch.randint(0, 3, (4, 6))
    for row, length in enumerate([6, 3, 1, 2]):
        y[row, length:] = -100

    def loss(model, batch):
        x, y = batch
        return F.cross_entropy(model(x).flatten(0, 1), y.flatten()), (y != -100).sum()

    whole = evaluate(model, [(x, y)], loss)
    halves = evaluate(model, [(x[:1], y[:1]), (x[1:], y[1:])], loss)
    assert halves == pytest.approx(whole, rel=1e-5)


def test_does_a_plain_scalar_count_the_examples_of_its_batch():
    model, _ = parts()
    plain = lambda model, batch: F.cross_entropy(model(batch[0]), batch[1])  # noqa: E731
    settings = quiet(batch_size=4)
    assert evaluate(model, data(11), plain, settings) == evaluate(model, data(11), LOSS, settings)


# --- early stopping and the best weights ---


def test_does_one_dip_not_stop_training_and_do_the_best_weights_come_back():
    model, optimizer = parts()
    figures = [3.0, 2.0, 2.5, 1.0, 1.5, 1.2, 1.1, 9.0]
    kept = []

    def measure(model):
        kept.append({k: v.clone() for k, v in model.state_dict().items()})
        return {"figure": figures[len(kept) - 1]}

    history = fit(
        model, data(), loss=LOSS, optimizer=optimizer, measure=measure,
        settings=quiet(epochs=8, monitor="min figure", patience=3),
    )  # fmt: skip
    assert history["figure"] == figures[:7]
    assert history.best_epoch == 4
    assert history.stopped == "no better min figure for 3 epochs"
    for name, value in model.state_dict().items():
        assert torch.equal(value, kept[3][name])


def test_does_max_prefer_the_larger_figure():
    model, optimizer = parts()
    figures = iter([0.1, 0.5, 0.3, 0.4])
    history = fit(
        model, data(), loss=LOSS, optimizer=optimizer,
        measure=lambda _: {"accuracy": next(figures)},
        settings=quiet(epochs=4, monitor="max accuracy", patience=2),
    )  # fmt: skip
    assert history.best_epoch == 2
    assert len(history) == 4


def test_does_a_figure_that_is_nan_never_count_as_better():
    model, optimizer = parts()
    figures = iter([float("nan"), 1.0, float("nan"), float("nan")])
    history = fit(
        model, data(), loss=LOSS, optimizer=optimizer,
        measure=lambda _: {"figure": next(figures)},
        settings=quiet(epochs=4, monitor="min figure", patience=2),
    )  # fmt: skip
    assert history.best_epoch == 2
    assert history.stopped.startswith("no better")


# --- resume ---


def everything(path, epochs, resume=False, batches="tensors", model=None):
    random.seed(3)
    np.random.seed(3)  # noqa: NPY002
    model, optimizer = parts(seed=1)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=100)
    train = data()
    if batches == "loader":
        generator = torch.Generator().manual_seed(9)
        dataset = torch.utils.data.TensorDataset(*train)
        train = torch.utils.data.DataLoader(dataset, 8, shuffle=True, generator=generator)
    torch.manual_seed(2)

    def loss(model, batch):  # draws from all three generators
        x, y = batch
        x = x + 0.1 * random.random() + 0.1 * np.random.rand()  # noqa: NPY002
        return F.cross_entropy(model(x), y)

    history = fit(
        model, train, loss=loss, optimizer=optimizer, scheduler=scheduler, valid=data(16, 1),
        settings=quiet(epochs=epochs, schedule="step"), checkpoint=path, resume=resume,
    )  # fmt: skip
    return model, optimizer, scheduler, history


@pytest.mark.parametrize("batches", ["tensors", "loader"])
def test_is_a_resumed_run_bit_for_bit_the_uninterrupted_one(tmp_path, batches):
    model, optimizer, scheduler, history = everything(tmp_path / "a", 6, batches=batches)
    everything(tmp_path / "b", 2, batches=batches)
    again = everything(tmp_path / "b", 6, resume=True, batches=batches)
    same(model, again[0])
    for mine, theirs in zip(
        optimizer.state_dict()["state"].values(),
        again[1].state_dict()["state"].values(),
        strict=True,
    ):
        for key, value in mine.items():
            assert torch.equal(value, theirs[key]), key
    assert scheduler.state_dict() == again[2].state_dict()
    assert without_seconds(history) == without_seconds(again[3])
    assert history.best_epoch == again[3].best_epoch


KILLED = """
import sys, torch
from torch.nn import functional as F
from rnn_utils.training import Settings, fit
torch.set_num_threads(1)
path, slow = sys.argv[1], sys.argv[2] == "slow"
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
x, y = torch.randn(40, 3), torch.randint(0, 2, (40,))
steps = 0

def loss(model, batch):
    global steps
    steps += 1
    if slow and steps == 23:  # the third step of the third epoch
        print("ready", flush=True)
        __import__("time").sleep(600)
    return F.cross_entropy(model(batch[0]), batch[1])

settings = Settings(epochs=5, batch_size=4, progress=False)
fit(model, (x, y), loss=loss, optimizer=optimizer, settings=settings, checkpoint=path, resume=True)
torch.save(model.state_dict(), path + ".done")
"""


def test_does_a_run_killed_in_mid_epoch_resume_bit_for_bit(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(textwrap.dedent(KILLED))

    def start(name, speed):
        command = [sys.executable, str(script), str(tmp_path / name), speed]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    with start("killed", "slow") as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    kept = torch.load(tmp_path / "killed", weights_only=True)
    assert [row["epoch"] for row in kept["rows"]] == [1.0, 2.0]
    for name in ("killed", "whole"):
        with start(name, "fast") as process:
            assert process.wait(120) == 0
    killed = torch.load(tmp_path / "killed.done", weights_only=True)
    whole = torch.load(tmp_path / "whole.done", weights_only=True)
    assert all(torch.equal(killed[name], whole[name]) for name in whole)


def test_does_a_failed_write_leave_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "run"
    everything(path, 1)
    before = path.read_bytes()

    def fail(state, file):
        file.write(b"half a file")
        raise OSError("no space left")

    monkeypatch.setattr(torch, "save", fail)
    with pytest.raises(OSError, match="no space"):
        everything(path, 2, resume=True)
    assert path.read_bytes() == before


def test_does_an_interrupt_keep_what_was_trained_and_say_how_to_resume(tmp_path):
    calls = 0

    def loss(model, batch):
        nonlocal calls
        calls += 1
        if calls == 9:
            raise KeyboardInterrupt
        return LOSS(model, batch)

    def run(loss, path, **options):
        model, optimizer = parts()
        torch.manual_seed(4)
        history = fit(
            model,
            data(),
            loss=loss,
            optimizer=optimizer,
            settings=QUIET,
            checkpoint=path,
            **options,
        )
        return model, history

    path = tmp_path / "run"
    with pytest.warns(UserWarning, match=r"epoch 2, step 3.*of this moment.*end of epoch 1"):
        _, history = run(loss, path)
    assert history.stopped == "interrupted in epoch 2, step 3"
    assert len(history) == 1
    resumed, _ = run(LOSS, path, resume=True)
    whole, _ = run(LOSS, tmp_path / "other")
    same(resumed, whole)


def test_does_a_run_that_had_stopped_early_stay_stopped_when_resumed(tmp_path):
    def run(resume):
        model, optimizer = parts()
        return fit(
            model, data(), loss=LOSS, optimizer=optimizer, checkpoint=tmp_path / "run",
            resume=resume, measure=lambda _: {"figure": 1.0},
            settings=quiet(epochs=9, monitor="min figure", patience=2),
        )  # fmt: skip

    assert len(run(False)) == len(run(True)) == 3


@pytest.mark.parametrize(
    ("name", "value"), [("batch_size", 4), ("clip", 2.0), ("seed", 1), ("schedule", "step")]
)
def test_is_a_resume_with_other_settings_refused_by_name(tmp_path, name, value):
    model, optimizer = parts()
    path = tmp_path / "run"
    fit(model, data(), loss=LOSS, optimizer=optimizer, settings=QUIET, checkpoint=path)
    with pytest.raises(ValueError, match=rf"{name}: the checkpoint was written with"):
        fit(
            model, data(), loss=LOSS, optimizer=optimizer, settings=quiet(**{name: value}),
            checkpoint=path, resume=True,
        )  # fmt: skip


def test_is_a_missing_scheduler_at_resume_refused(tmp_path):
    everything(tmp_path / "run", 1)
    model, optimizer = parts()
    with pytest.raises(ValueError, match="scheduler: the checkpoint was written with one"):
        fit(
            model, data(), loss=LOSS, optimizer=optimizer, valid=data(16, 1), resume=True,
            settings=quiet(schedule="step"), checkpoint=tmp_path / "run",
        )  # fmt: skip


def test_is_an_existing_checkpoint_never_overwritten_unasked(tmp_path):
    everything(tmp_path / "run", 1)
    with pytest.raises(FileExistsError, match=r"checkpoint: .* pass resume=True"):
        everything(tmp_path / "run", 1)


# --- numbers that are no longer numbers ---


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_does_a_loss_that_is_not_finite_stop_with_epoch_and_step(tmp_path, bad):
    calls = 0

    def loss(model, batch):
        nonlocal calls
        calls += 1
        mean, count = LOSS(model, batch)
        return (mean * bad if calls == 8 else mean), count

    path = tmp_path / "run"
    model, optimizer = parts(lr=0.03)
    with pytest.raises(FloatingPointError) as caught:
        fit(model, data(), loss=loss, optimizer=optimizer, settings=QUIET, checkpoint=path)
    message = str(caught.value)
    assert f"epoch 2, step 2: the loss is {bad}" in message
    assert "learning rate below 0.03" in message
    assert "end of epoch 1" in message
    kept = torch.load(path, weights_only=True)
    assert len(kept["rows"]) == 1
    assert all(value.isfinite().all() for value in kept["model"].values())
    assert all(value.isfinite().all() for value in model.parameters())  # no update was made


class Poison(torch.autograd.Function):
    """The identity whose gradient is nan."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient * float("nan")


@pytest.mark.parametrize("clip", [1.0, None])
def test_does_a_gradient_that_is_nan_stop_before_anything_is_saved(tmp_path, clip):
    calls = 0

    def loss(model, batch):
        nonlocal calls
        calls += 1
        mean, count = LOSS(model, batch)
        return (Poison.apply(mean) if calls == 12 else mean), count  # the last step of epoch 2

    path = tmp_path / "run"
    model, optimizer = parts()
    what = "the norm of the gradient" if clip else "a weight"
    with pytest.raises(FloatingPointError, match=f"epoch 2, step 6: {what} is nan"):
        fit(
            model, data(), loss=loss, optimizer=optimizer, settings=quiet(clip=clip),
            checkpoint=path,
        )  # fmt: skip
    kept = torch.load(path, weights_only=True)
    assert all(value.isfinite().all() for value in kept["model"].values())


def test_is_the_bad_step_named_where_the_loss_is_looked_at_rarely(monkeypatch):
    monkeypatch.setattr(training, "_LOOK_EVERY", {"cpu": 4})
    calls = 0

    def loss(model, batch):
        nonlocal calls
        calls += 1
        mean, count = LOSS(model, batch)
        return (mean * float("nan") if calls == 2 else mean), count

    model, optimizer = parts()
    with pytest.raises(FloatingPointError, match="epoch 1, step 2"):
        fit(model, data(), loss=loss, optimizer=optimizer, settings=QUIET)
    assert calls == 4


def test_does_looking_rarely_change_no_number(monkeypatch):
    model, optimizer = parts()
    torch.manual_seed(5)
    often = fit(model, data(), loss=LOSS, optimizer=optimizer, settings=QUIET)
    monkeypatch.setattr(training, "_LOOK_EVERY", {"cpu": 4})
    twin, optimizer = parts()
    torch.manual_seed(5)
    rarely = fit(twin, data(), loss=LOSS, optimizer=optimizer, settings=QUIET)
    assert without_seconds(often) == without_seconds(rarely)
    same(model, twin)


# --- carried state ---


class Stream(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(2, 4, batch_first=True)
        self.head = nn.Linear(4, 2)

    def forward(self, x, state):
        output, state = self.rnn(x, state)
        return self.head(output), state


def test_is_a_carried_state_handed_on_detached_and_reset_at_each_epoch():
    seen = []

    def loss(model, batch, state):
        x, y = batch
        seen.append(state)
        outputs, state = model(x, None if state is None else state["h"])
        return F.mse_loss(outputs, y), x.shape[1], {"h": state}

    torch.manual_seed(0)
    model = Stream()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    batches = [(torch.randn(3, 5, 2), torch.randn(3, 5, 2)) for _ in range(4)]
    fit(model, batches, loss=loss, optimizer=optimizer, settings=quiet(epochs=2, carry=True))
    assert [state is None for state in seen] == [True, False, False, False] * 2
    assert not any(state["h"].requires_grad for state in seen if state is not None)


def test_does_a_carried_state_make_two_halves_equal_one_whole():
    torch.manual_seed(0)
    model = Stream()
    x, y = torch.randn(3, 10, 2), torch.randn(3, 10, 2)

    def loss(model, batch, state):
        outputs, state = model(batch[0], state)
        return F.mse_loss(outputs, batch[1]), 1, state

    settings = quiet(carry=True)
    whole = evaluate(model, [(x, y)], loss, settings)
    halves = [(x[:, :5], y[:, :5]), (x[:, 5:], y[:, 5:])]
    assert evaluate(model, halves, loss, settings) == pytest.approx(whole, rel=1e-5)


# --- mixed precision ---


@pytest.mark.parametrize("precision", ["mixed", "bfloat16", "float16"])
def test_is_mixed_precision_refused_on_the_cpu(precision):
    model, optimizer = parts()
    with pytest.raises(ValueError, match=r"precision: expected 'full' on the device 'cpu'"):
        fit(model, data(), loss=LOSS, optimizer=optimizer, settings=quiet(precision=precision))


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_does_the_mixed_step_scale_unscale_and_clip(monkeypatch, precision):
    """The same code on the CPU, whose autocast is slow but right."""
    monkeypatch.setattr(training, "_MIXED_DEVICES", ("cpu",))
    seen = []

    def loss(model, batch):
        mean, count = LOSS(model, batch)
        seen.append(model.head(torch.randn(1, 8)).dtype)
        return mean.float(), count

    results = []
    for name in ("full", precision):
        model, optimizer = parts(dropout=0.0)
        settings = quiet(precision=name, epochs=4)
        history = fit(model, data(), loss=loss, optimizer=optimizer, settings=settings)
        results.append((history["train"][-1], history["norm"][0]))
    assert seen[-1] == getattr(torch, precision)
    assert results[1][0] == pytest.approx(results[0][0], rel=0.05)
    # Were the gradient not unscaled, float16's norm would be some 65536 times as large.
    assert results[1][1] == pytest.approx(results[0][1], rel=0.1)


def test_is_a_step_that_overflows_in_float16_left_out(monkeypatch):
    monkeypatch.setattr(training, "_MIXED_DEVICES", ("cpu",))
    calls = 0

    def loss(model, batch):
        nonlocal calls
        calls += 1
        mean, count = LOSS(model, batch)
        return (Poison.apply(mean) if calls == 1 else mean), count

    model, optimizer = parts()
    settings = quiet(precision="float16", epochs=1)
    fit(model, data(8), loss=loss, optimizer=optimizer, settings=settings)
    twin, _ = parts()
    same(model, twin)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("precision", ["full", "mixed", "bfloat16", "float16"])
def test_does_every_precision_train_on_the_accelerator(tmp_path, precision):
    torch.manual_seed(0)
    model = Reader(dropout=0.1).to("cuda")
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    history = fit(
        model, data(256), loss=LOSS, optimizer=optimizer, valid=data(64, 1),
        settings=quiet(epochs=8, precision=precision), checkpoint=tmp_path / "run",
    )  # fmt: skip
    assert history["train"][-1] < history["train"][0]
    assert all(p.dtype == torch.float32 and p.isfinite().all() for p in model.parameters())
    settings = quiet(epochs=9, precision=precision)
    more = fit(
        model, data(256), loss=LOSS, optimizer=optimizer, valid=data(64, 1), settings=settings,
        checkpoint=tmp_path / "run", resume=True,
    )  # fmt: skip
    assert len(more) == 9


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_does_the_loop_wait_for_the_accelerator_only_now_and_then():
    model = Reader(dropout=0.0).to("cuda")
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    train = tuple(tensor.to("cuda") for tensor in data(40 * 8))
    torch.cuda.set_sync_debug_mode("error")
    try:
        run = training._Run(model, train, LOSS, optimizer, None, None, None, quiet(epochs=1))
        with pytest.raises(RuntimeError, match="synchroniz"):  # the look at the epoch's end
            run.train(None)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert run.step == 40


# --- arguments that do not fit ---


def call(**changes):
    model, optimizer = parts()
    arguments = {
        "model": model, "train": data(), "loss": LOSS, "optimizer": optimizer, "settings": QUIET,
    } | changes  # fmt: skip
    return fit(arguments.pop("model"), arguments.pop("train"), **arguments)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"model": 3}, TypeError, "model: expected a torch.nn.Module"),
        ({"model": nn.Identity()}, ValueError, "model: expected parameters"),
        ({"loss": 3}, TypeError, "loss: expected a callable"),
        ({"loss": lambda m, b: m(b[0])}, ValueError, r"loss: expected a scalar .* got \(8, 4\)"),
        ({"loss": lambda m, b: 1.0}, ValueError, "loss: expected a scalar .* got float"),
        ({"train": 3}, TypeError, "train: expected a tuple of tensors or an iterable"),
        ({"train": []}, ValueError, "train: expected at least one batch"),
        ({"train": (b for b in [data(8)])}, TypeError, "train: .* got a generator"),
        ({"train": (torch.zeros(3), torch.zeros(4))}, ValueError, r"train: .* lengths \[3, 4\]"),
        ({"valid": []}, ValueError, "data: expected at least one batch"),
        ({"resume": True}, ValueError, "checkpoint: expected the file"),
        ({"settings": quiet(patience=3)}, ValueError, "patience: expected valid or monitor"),
        ({"settings": quiet(monitor="max f1")}, ValueError, r"monitor: .*'train'.* got 'f1'"),
        ({"settings": quiet(carry=True), "loss": lambda m, b, s: LOSS(m, b)}, TypeError, "carry"),
    ],
)
def test_does_an_argument_that_does_not_fit_name_itself(changes, error, message):
    with pytest.raises(error, match=message):
        call(**changes)


def test_are_the_parameters_of_another_model_refused():
    _, other = parts()
    with pytest.raises(ValueError, match="optimizer: expected the parameters of model"):
        call(optimizer=other)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"epochs": 0}, "epochs"), ({"batch_size": -1}, "batch_size"), ({"clip": 0}, "clip"),
        ({"patience": 0}, "patience"), ({"schedule": "day"}, "schedule"),
        ({"precision": "int8"}, "precision"), ({"monitor": "accuracy"}, "monitor"),
    ],
)  # fmt: skip
def test_does_a_setting_out_of_range_name_itself(changes, name):
    with pytest.raises(ValueError, match=f"{name}: expected"):
        Settings(**changes)


# --- what is shown ---


def test_does_the_bar_show_loss_and_rate_and_stay_silent_when_told(capsys, monkeypatch):
    model, optimizer = parts()
    fit(model, data(), loss=LOSS, optimizer=optimizer, settings=QUIET)
    assert capsys.readouterr().err == ""
    fit(model, data(), loss=LOSS, optimizer=optimizer, settings=quiet(progress=True))
    shown = capsys.readouterr().err
    assert "step/s" in shown
    assert "train=" in shown
    assert "18/18" in shown


def test_does_the_history_give_columns_and_name_the_missing_one():
    model, optimizer = parts()
    history = fit(
        model, data(), loss=LOSS, optimizer=optimizer, valid=data(8), settings=QUIET,
        measure=lambda _: {"accuracy": 0.5},
    )  # fmt: skip
    assert history["epoch"] == [1.0, 2.0, 3.0]
    assert history["accuracy"] == [0.5] * 3
    assert min(history["valid"]) == history["valid"][history.best_epoch - 1]
    with pytest.raises(ValueError, match="column: expected one of 'epoch'"):
        history["f1"]


def test_does_the_history_plot_what_it_holds():
    pytest.importorskip("rnn_utils.plotting")
    from matplotlib import pyplot as plt

    model, optimizer = parts()
    history = fit(
        model, data(), loss=LOSS, optimizer=optimizer, valid=data(8), settings=QUIET,
        measure=lambda _: {"accuracy": 0.5},
    )  # fmt: skip
    figure = history.plot()
    losses, measured = figure.axes
    assert list(losses.lines[0].get_ydata()) == history["train"]
    assert list(losses.lines[1].get_ydata()) == history["valid"]
    assert list(measured.lines[0].get_ydata()) == history["accuracy"]
    assert losses.lines[2].get_xdata()[0] == history.best_epoch
    assert losses.get_xlabel() == "epoch"
    plt.close(figure)


def test_do_the_seconds_of_an_epoch_hold_its_steps_and_no_more_than_the_call():
    def loss(model, batch):
        time.sleep(0.1)
        return LOSS(model, batch)

    model, optimizer = parts()
    began = time.perf_counter()
    history = fit(model, data(16), loss=loss, optimizer=optimizer, settings=quiet(epochs=1))
    assert 0.2 <= history["seconds"][0] <= time.perf_counter() - began


def test_is_each_module_left_in_the_mode_in_which_it_came_errors_or_not():
    model, _ = parts()
    model.dropout.eval()  # held back on purpose
    for error in (None, KeyError):
        try:
            with evaluating(model):
                assert not any(module.training for module in model.modules())
                assert not torch.is_grad_enabled()
                if error is not None:
                    raise error
        except KeyError:
            assert error is KeyError
        assert model.training
        assert model.rnn.training
        assert not model.dropout.training
        assert torch.is_grad_enabled()
