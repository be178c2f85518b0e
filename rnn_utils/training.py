"""A training loop that validates, clips, stops early, and resumes exactly where it was killed."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import random
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from tqdm import tqdm

from rnn_utils._errors import expect_one_of, expect_positive

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# A look at a number on an accelerator waits for everything that was queued before it.
_LOOK_EVERY = {"cpu": 1}
_LOOK_ELSEWHERE = 50
_MIXED_DEVICES = ("cuda",)


@dataclass(frozen=True)
class Settings:
    """What `fit` may vary without another model, another loss or other data.

    References
    ----------
    Chapter: 04_training
    """

    epochs: int = 10  # passes over the training data, counted from the very first one
    batch_size: int = 32  # examples per step, where the data are whole tensors
    clip: float | None = 1.0  # largest norm of the whole gradient; None leaves it alone
    monitor: str | None = None  # "min NAME" or "max NAME" of a history column; else "min valid"
    patience: int | None = None  # epochs without a better figure before stopping; None: never
    schedule: str = "epoch"  # the scheduler steps after each "epoch" or after each "step"
    carry: bool = False  # hand the state from batch to batch (detached); None starts each epoch
    precision: str = "full"  # "full", "mixed" (bfloat16, else float16), "bfloat16", "float16"
    seed: int = 0  # of the order of the examples, where the data are whole tensors
    progress: bool = True  # a bar with the loss and the steps per second

    def __post_init__(self) -> None:
        expect_positive("epochs", self.epochs)
        expect_positive("batch_size", self.batch_size)
        if self.clip is not None:
            expect_positive("clip", self.clip)
        if self.patience is not None:
            expect_positive("patience", self.patience)
        expect_one_of("schedule", self.schedule, ("epoch", "step"))
        expect_one_of("precision", self.precision, ("full", "mixed", "bfloat16", "float16"))
        words = (self.monitor or "min valid").split()
        if len(words) != 2 or words[0] not in ("min", "max"):
            raise ValueError(f"monitor: expected 'min NAME' or 'max NAME', got {self.monitor!r}")


@dataclass
class History:
    """What `fit` saw: one row per epoch, the best epoch, and why it stopped.

    ``history["valid"]`` is a column. The columns are ``epoch``, ``train`` (mean loss over the
    epoch's batches as the weights moved), ``norm`` (mean gradient norm before clipping),
    ``rate`` (learning rate), ``seconds``, ``valid`` and whatever `measure` returned.

    References
    ----------
    Chapter: 04_training
    """

    rows: list[dict[str, float]] = field(default_factory=list)
    monitor: str | None = None  # "min NAME" or "max NAME"; None where nothing was monitored
    best_epoch: int | None = None  # counted from 1; the model holds the weights of this epoch
    stopped: str = ""  # why training ended, in words

    def __getitem__(self, column: str) -> list[float]:
        if self.rows:
            expect_one_of("column", column, list(self.rows[0]))
        return [row[column] for row in self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def plot(self) -> Figure:
        """Return a figure of the losses and of what was measured, against the epoch."""
        from matplotlib import pyplot as plt
        from matplotlib.ticker import MaxNLocator

        from rnn_utils import plotting

        given = {"epoch", "train", "norm", "rate", "seconds", "valid"}
        columns = list(self.rows[0]) if self.rows else []
        losses = [name for name in columns if name in ("train", "valid")]
        measured = [name for name in columns if name not in given]
        panels = [losses, measured] if measured else [losses]
        figure, grid = plt.subplots(1, len(panels), figsize=plotting.WIDE, squeeze=False)
        for axis, names in zip(grid[0], panels, strict=True):
            looks = (("blue", "-"), ("vermillion", "--"), ("green", "-."), ("purple", ":"))
            for name, (colour, style) in zip(names, looks, strict=False):
                line = plotting.COLOURS[colour]
                axis.plot(self["epoch"], self[name], style, color=line, label=name)
            if self.best_epoch is not None:
                axis.axvline(
                    self.best_epoch, color=plotting.COLOURS["ink"], lw=0.8, ls=":", label="best"
                )
            axis.set_xlabel("epoch")
            axis.set_ylabel("loss" if names is losses else "measured")
            axis.xaxis.set_major_locator(MaxNLocator(integer=True))
            axis.legend()
        return figure


def supervised(criterion: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Any, Any], Any]:
    r"""Return the loss of a model that maps inputs to outputs that are compared with targets.

    .. math:: \mathcal L = \frac 1 B \sum_{b=1}^{B} \ell(f(x_b), y_b)

    Parameters
    ----------
    criterion : callable
        ``criterion(outputs, targets)`` -> the mean over the batch, a scalar, such as
        `torch.nn.functional.cross_entropy`.

    Returns
    -------
    callable
        ``loss(model, batch)`` -> (mean, count) for `fit`; the batch is ``(*inputs, targets)``
        and the model is called as ``model(*inputs)``, so lengths may stand among the inputs.

    References
    ----------
    Chapter: 04_training
    """

    def loss(model: Callable[..., Tensor], batch: Any) -> tuple[Tensor, int]:
        *inputs, targets = batch
        return criterion(model(*inputs), targets), len(targets)

    return loss


def evaluate(
    model: nn.Module, data: Any, loss: Callable[..., Any], settings: Settings | None = None
) -> float:
    r"""Return the mean loss over a data set, in evaluation mode and without gradients.

    .. math:: \bar\ell = \frac{\sum_i n_i \ell_i}{\sum_i n_i}

    Parameters
    ----------
    model : torch.nn.Module
        Left in the mode in which it came.
    data : tuple of tensors, object with `inputs` and `targets`, or iterable of batches
        As in `fit`.
    loss : callable
        As in `fit`: the mean :math:`\ell_i` of a batch and the count :math:`n_i`.
    settings : Settings, optional
        Its `batch_size`, `carry` and `precision` are used.

    Returns
    -------
    float
        The mean, in the unit of the loss.

    References
    ----------
    Chapter: 04_training
    """
    settings = settings or Settings()
    device = _device_of(model)
    autocast, _ = _precision(settings, device)
    means: list[Any] = []
    counts: list[Any] = []
    state = None
    with evaluating(model):
        for batch in _batches("data", data, settings.batch_size, None):
            with autocast():
                mean, count, state = _call(loss, model, _move(batch, device), state, settings)
            means.append(mean)
            counts.append(count)
    if not means:
        raise ValueError("data: expected at least one batch, got none")
    weights = _numbers(counts)
    return math.fsum(m * n for m, n in zip(_numbers(means), weights, strict=True)) / sum(weights)


def fit(
    model: nn.Module,
    train: Any,
    *,
    loss: Callable[..., Any],
    optimizer: torch.optim.Optimizer,
    scheduler: LRScheduler | ReduceLROnPlateau | None = None,
    valid: Any = None,
    measure: Callable[[nn.Module], dict[str, float]] | None = None,
    settings: Settings | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
) -> History:
    r"""Train a model: for each batch forward, loss, backward, clip, update; then validate.

    .. math:: \theta \leftarrow \operatorname{update}\left(\theta,\;
        g \min\left(1, \frac{c}{\lVert g\rVert}\right)\right), \qquad
        g = \nabla_\theta \mathcal L

    Parameters
    ----------
    model : torch.nn.Module
        Computes where its parameters are; batches are moved there. Left in training mode and,
        where a figure was monitored, with the weights of the best epoch.
    train : tuple of tensors, object with `inputs` and `targets`, or iterable of batches
        Whole tensors of equal length are shuffled anew for each epoch. An iterable is read
        once per epoch from its start, so it may not be a generator.
    loss : callable
        ``loss(model, batch)`` -> the mean over what was predicted, or (mean, count), where the
        count weighs the batch in the epoch's mean: for padded batches the number of steps that
        are no padding. With ``settings.carry``, ``loss(model, batch, state)`` -> (mean, count,
        state). See `supervised` for the plain case.
    optimizer : torch.optim.Optimizer
        Of the model's parameters.
    scheduler : learning-rate scheduler of torch, optional
        Stepped as ``settings.schedule`` says; `ReduceLROnPlateau` after each epoch, with the
        monitored figure.
    valid : as `train`, optional
        Its mean loss is the column ``valid``.
    measure : callable, optional
        ``measure(model)`` -> any figures by name, such as an accuracy or a free-running loss;
        called after each epoch in evaluation mode and without gradients.
    settings : Settings, optional
        Everything else; ``Settings()`` unless told.
    checkpoint : path, optional
        One file, replaced atomically after each epoch: weights, optimizer, scheduler, best
        weights, history and all random states.
    resume : bool
        Go on from `checkpoint`, or begin where the file does not exist yet. On the CPU the
        result equals that of a run that was never interrupted, bit for bit.

    Returns
    -------
    History
        One row per epoch.

    Raises
    ------
    ValueError, TypeError
        If an argument does not fit the others; the message names it.
    FileExistsError
        If `checkpoint` exists and `resume` is false.
    FloatingPointError
        If the loss, the gradient or a weight is infinite or nan. The message says in which
        epoch and step (on the CPU before the update is made; elsewhere the loss is looked at
        every 50 steps and before anything is saved). The checkpoint is left as it was.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), for the clipping. Prechelt (1998), for the stopping.

    Chapter: 04_training
    """
    run = _Run(model, train, loss, optimizer, scheduler, valid, measure, settings or Settings())
    path = None if checkpoint is None else Path(checkpoint)
    if resume and path is None:
        raise ValueError("checkpoint: expected the file to resume from, got None")
    if path is not None and path.exists():
        if not resume:
            raise FileExistsError(
                f"checkpoint: {path} exists; pass resume=True to go on from it, or delete it"
            )
        run.load(path)
    return run.train(path)


class _Run:
    """One call of `fit`: everything that a checkpoint must hold, and how it changes."""

    def __init__(
        self,
        model: nn.Module,
        train: Any,
        loss: Callable[..., Any],
        optimizer: torch.optim.Optimizer,
        scheduler: LRScheduler | ReduceLROnPlateau | None,
        valid: Any,
        measure: Callable[[nn.Module], dict[str, float]] | None,
        settings: Settings,
    ) -> None:
        self.model, self.data, self.loss = model, train, loss
        self.optimizer, self.scheduler = optimizer, scheduler
        self.valid, self.measure, self.settings = valid, measure, settings
        if not callable(loss):
            raise TypeError(f"loss: expected a callable (model, batch), got {type(loss).__name__}")
        self.device = _device_of(model)
        self.parameters = [p for group in optimizer.param_groups for p in group["params"]]
        ours = {id(parameter) for parameter in model.parameters()}
        if any(id(parameter) not in ours for parameter in self.parameters):
            raise ValueError("optimizer: expected the parameters of model, got others among them")
        self.autocast, self.scaler = _precision(settings, self.device)
        self.order = torch.Generator().manual_seed(settings.seed)
        self.history = History(monitor=settings.monitor)
        if settings.monitor is None and valid is not None:
            self.history.monitor = "min valid"
        if settings.patience is not None and self.history.monitor is None:
            raise ValueError("patience: expected valid or monitor to wait for, got neither")
        if isinstance(scheduler, ReduceLROnPlateau) and self.history.monitor is None:
            raise ValueError("scheduler: expected valid or monitor to follow, got neither")
        self.best: dict[str, Any] | None = None
        self.step = self.saved = 0

    def train(self, path: Path | None) -> History:
        """Run the epochs that are left."""
        settings, history = self.settings, self.history
        self.model.train()
        steps = _steps(self.data, settings.batch_size)
        total = None if steps is None else steps * settings.epochs
        with tqdm(
            total=total,
            initial=(steps or 0) * len(history),
            unit="step",
            disable=not settings.progress,
        ) as bar:
            try:
                while len(history) < settings.epochs and not self.tired():
                    self.epoch(bar, path)
                    if path is not None:
                        self.save(path)
                history.stopped = (
                    f"no better {history.monitor} for {settings.patience} epochs"
                    if self.tired()
                    else f"finished {settings.epochs} epochs"
                )
            except KeyboardInterrupt:
                where = f"epoch {len(history) + 1}, step {self.step}"
                history.stopped = f"interrupted in {where}"
                if self.saved:
                    how = f"pass resume=True to go on from the end of epoch {self.saved}"
                else:
                    how = "next time pass checkpoint=..., and a run can be resumed"
                kept = "of this moment" if self.best is None else f"of epoch {history.best_epoch}"
                warnings.warn(
                    f"{history.stopped}: the model holds the weights {kept}; {how}", stacklevel=3
                )
        if self.best is not None:
            self.model.load_state_dict(self.best)
        return history

    def tired(self) -> bool:
        """Tell whether the best epoch lies `patience` epochs back."""
        best, patience = self.history.best_epoch, self.settings.patience
        return patience is not None and len(self.history) - (best or 0) >= patience

    def epoch(self, bar: tqdm, path: Path | None) -> None:
        """Train on every batch once, then validate and write the row."""
        settings, began = self.settings, time.perf_counter()
        number = len(self.history) + 1
        bar.set_description(f"epoch {number}/{settings.epochs}", refresh=False)
        sums = _Sums(self, number, bar, path)
        self.step, state = 0, None
        with torch.enable_grad():
            for batch in _batches("train", self.data, settings.batch_size, self.order):
                self.step += 1
                with self.autocast():
                    mean, count, state = _call(
                        self.loss, self.model, _move(batch, self.device), state, settings
                    )
                self.optimizer.zero_grad()
                if self.scaler is None:
                    mean.backward()  # type: ignore[no-untyped-call]
                else:
                    self.scaler.scale(mean).backward()  # type: ignore[no-untyped-call]
                    self.scaler.unscale_(self.optimizer)
                norm = None
                if settings.clip is not None:
                    norm = nn.utils.clip_grad_norm_(self.parameters, settings.clip)
                sums.add(mean, count, norm)
                self.update()
                bar.update()
        if self.step == 0:
            raise ValueError("train: expected at least one batch, got none")
        sums.look()
        finite = torch.stack([p.detach().isfinite().all() for p in self.parameters]).all()
        if not finite:
            sums.stop("a weight", math.nan, self.step)
        row = {"epoch": float(number), **sums.row(), "rate": self.rate()}
        row |= self.figures()
        row["seconds"] = time.perf_counter() - began
        self.judge(row)
        bar.set_postfix({k: f"{row[k]:.4g}" for k in ("train", "valid") if k in row})

    def update(self) -> None:
        """Step the optimizer, and the scheduler where it follows the steps."""
        if self.scaler is None:
            self.optimizer.step()
            moved = True
        else:  # float16: a step whose gradient overflowed is left out and the scale halved
            before = self.scaler.get_scale()
            self.scaler.step(self.optimizer)
            self.scaler.update()
            moved = self.scaler.get_scale() >= before
        plateau = isinstance(self.scheduler, ReduceLROnPlateau)
        if self.settings.schedule == "step" and self.scheduler and not plateau and moved:
            self.scheduler.step()

    def rate(self) -> float:
        """Return the learning rate of the first group."""
        return float(self.optimizer.param_groups[0]["lr"])

    def figures(self) -> dict[str, float]:
        """Return the validation loss and whatever is measured, in evaluation mode."""
        found: dict[str, float] = {}
        if self.valid is not None:
            found["valid"] = evaluate(self.model, self.valid, self.loss, self.settings)
        if self.measure is not None:
            with evaluating(self.model):
                found |= {name: float(value) for name, value in self.measure(self.model).items()}
        return found

    def judge(self, row: dict[str, float]) -> None:
        """Keep the row, and the weights where they are the best so far."""
        history = self.history
        history.rows.append(row)
        monitored = None
        if history.monitor is not None:
            way, name = history.monitor.split()
            if name not in row:
                raise ValueError(f"monitor: expected a column among {sorted(row)}, got {name!r}")
            sign = 1.0 if way == "min" else -1.0
            monitored = row[name]
            best = math.inf
            if history.best_epoch is not None:
                best = sign * history.rows[history.best_epoch - 1][name]
            if sign * monitored < best:
                history.best_epoch = len(history)
                self.best = {k: _copy(v) for k, v in self.model.state_dict().items()}
        if isinstance(self.scheduler, ReduceLROnPlateau):
            assert monitored is not None  # refused at the start
            self.scheduler.step(monitored)
        elif self.settings.schedule == "epoch" and self.scheduler is not None:
            self.scheduler.step()

    def save(self, path: Path) -> None:
        """Replace the checkpoint in one move, so that a kill leaves the old or the new one."""
        state = {
            "settings": dataclasses.asdict(self.settings),
            "model": self.model.state_dict(),
            "best": self.best,
            "optimizer": self.optimizer.state_dict(),
            "scheduler": None if self.scheduler is None else self.scheduler.state_dict(),
            "scaler": None if self.scaler is None else self.scaler.state_dict(),
            "rows": self.history.rows,
            "monitor": self.history.monitor,
            "best_epoch": self.history.best_epoch,
            "random": _random_states(self.device),
            "order": [generator.get_state() for generator in self.generators()],
            "data": self.data.state_dict() if hasattr(self.data, "state_dict") else None,
        }
        part = path.with_name(path.name + ".part")
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        self.saved = len(self.history)

    def load(self, path: Path) -> None:
        """Take everything up from a checkpoint, or say what does not fit."""
        state = torch.load(path, map_location="cpu", weights_only=True)
        free = {"epochs", "patience", "progress"}
        for name, ours in dataclasses.asdict(self.settings).items():
            if name not in free and state["settings"].get(name, ours) != ours:
                raise ValueError(
                    f"{name}: the checkpoint was written with {state['settings'][name]!r}, "
                    f"got {ours!r}; an exact resume needs the same"
                )
        if (state["scheduler"] is None) != (self.scheduler is None):
            had = "none" if state["scheduler"] is None else "one"
            raise ValueError(f"scheduler: the checkpoint was written with {had}; pass the same")
        if state["monitor"] != self.history.monitor:
            raise ValueError(
                f"monitor: the checkpoint was written with {state['monitor']!r}, "
                f"got {self.history.monitor!r}"
            )
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler is not None:
            self.scheduler.load_state_dict(state["scheduler"])
        if self.scaler is not None and state["scaler"] is not None:
            self.scaler.load_state_dict(state["scaler"])
        self.history.rows = state["rows"]
        self.history.best_epoch = state["best_epoch"]
        self.saved = len(self.history)
        self.best = state["best"]
        if state["data"] is not None and hasattr(self.data, "load_state_dict"):
            self.data.load_state_dict(state["data"])
        for generator, kept in zip(self.generators(), state["order"], strict=True):
            generator.set_state(kept)
        _set_random_states(state["random"], self.device)

    def generators(self) -> list[torch.Generator]:
        """Return the generators that decide the order: ours, and the data loader's own."""
        theirs = getattr(self.data, "generator", None)
        return [self.order, *([theirs] if isinstance(theirs, torch.Generator) else [])]


class _Sums:
    """Losses and norms of an epoch, read from the device only now and then."""

    def __init__(self, run: _Run, epoch: int, bar: tqdm, path: Path | None) -> None:
        self.run, self.epoch, self.bar, self.path = run, epoch, bar, path
        self.every = _LOOK_EVERY.get(run.device.type, _LOOK_ELSEWHERE)
        self.waiting: list[tuple[Tensor, Any, Tensor | None]] = []
        self.loss = self.count = self.norm = 0.0
        self.seen, self.shown = 0, time.perf_counter()

    def add(self, mean: Tensor, count: Any, norm: Tensor | None) -> None:
        """Take a step's numbers at once where that costs nothing, else let them wait."""
        if self.every == 1:
            self.take(mean.item(), float(count), 0.0 if norm is None else norm.item())
        else:
            self.waiting.append((mean.detach(), count, norm))
            if len(self.waiting) < self.every:
                return
            self.look()
        if not self.bar.disable and time.perf_counter() - self.shown > 0.2:
            self.shown = time.perf_counter()
            self.bar.set_postfix(loss=f"{self.loss / self.count:.4g}", refresh=False)

    def look(self) -> None:
        """Add up what waits."""
        if not self.waiting:
            return
        means, counts, norms = zip(*self.waiting, strict=True)
        self.waiting.clear()
        numbers = [0.0] * len(means) if norms[0] is None else _numbers(norms)
        for mean, count, norm in zip(_numbers(means), _numbers(counts), numbers, strict=True):
            self.take(mean, count, norm)

    def take(self, mean: float, count: float, norm: float) -> None:
        """Add one step, or stop at a number that is not finite."""
        self.seen += 1
        if not math.isfinite(mean):
            self.stop("the loss", mean, self.seen)
        # float16 leaves out the steps whose gradient overflowed, and goes on
        if not math.isfinite(norm):
            if self.run.scaler is None:
                self.stop("the norm of the gradient", norm, self.seen)
            norm = 0.0
        self.loss += mean * count
        self.count += count
        self.norm += norm

    def row(self) -> dict[str, float]:
        row = {"train": self.loss / self.count}
        if self.run.settings.clip is not None:
            row["norm"] = self.norm / self.seen
        return row

    def stop(self, what: str, value: float, step: int) -> None:
        """Raise, and say where, what to try, and what is still good."""
        settings = self.run.settings
        clip = "set clip" if settings.clip is None else f"a clip below {settings.clip:g}"
        tries = [f"a learning rate below {self.run.rate():g}", clip, "inputs free of nan"]
        if settings.precision != "full":
            tries.append("precision='full'")
        kept = ""
        if self.run.saved:
            kept = f"; the checkpoint {self.path} is of the end of epoch {self.run.saved}"
        raise FloatingPointError(
            f"epoch {self.epoch}, step {step}: {what} is {value}. Try {', '.join(tries)}{kept}"
        )


@contextlib.contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Switch a model to evaluation mode and no gradients; afterwards back, errors or not.

    Parameters
    ----------
    model : torch.nn.Module
        Each of its modules is left in the mode in which it came.

    References
    ----------
    Chapter: 04_training
    """
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode


def _numbers(items: Iterable[Any]) -> list[float]:
    """Return numbers, reading tensors from their device in one go."""
    items = list(items)
    if len(items) > 1 and all(isinstance(item, Tensor) for item in items):
        numbers: list[float] = torch.stack(items).tolist()
        return numbers
    return [float(item) for item in items]


def _call(
    loss: Callable[..., Any], model: nn.Module, batch: Any, state: Any, settings: Settings
) -> tuple[Tensor, Any, Any]:
    """Return (mean, count, state), whatever form the loss takes."""
    if settings.carry:
        found = loss(model, batch, state)
        if not isinstance(found, tuple) or len(found) != 3:
            raise TypeError("loss: with carry, expected (mean, count, state)")
        mean, count, state = found
        state = _map(Tensor.detach, state)
    else:
        found = loss(model, batch)
        first = batch[0] if isinstance(batch, (tuple, list)) else batch
        mean, count = found if isinstance(found, tuple) else (found, len(first))
    if not isinstance(mean, Tensor) or mean.ndim:
        came = tuple(mean.shape) if isinstance(mean, Tensor) else type(mean).__name__
        raise ValueError(f"loss: expected a scalar tensor, the mean over the batch, got {came}")
    return mean, count, state


def _map(function: Callable[[Tensor], Tensor], item: Any) -> Any:
    """Apply a function to every tensor in nested tuples, lists and dicts."""
    if isinstance(item, Tensor):
        return function(item)
    if isinstance(item, dict):
        return {key: _map(function, value) for key, value in item.items()}
    if isinstance(item, tuple) and hasattr(item, "_fields"):  # a named tuple
        return type(item)(*(_map(function, value) for value in item))
    if isinstance(item, (tuple, list)):
        return type(item)(_map(function, value) for value in item)
    return item


def _move(batch: Any, device: torch.device) -> Any:
    if device.type == "cpu":
        return batch
    if isinstance(batch, nn.utils.rnn.PackedSequence):
        return batch.to(device)  # type: ignore[arg-type]
    return _map(lambda tensor: tensor.to(device, non_blocking=True), batch)


def _copy(value: Any) -> Any:
    return value.detach().clone() if isinstance(value, Tensor) else value


def _whole(name: str, data: Any) -> tuple[Tensor, ...] | None:
    """Return the tensors of a data set that is held whole, or None for an iterable of batches."""
    if hasattr(data, "inputs") and hasattr(data, "targets"):
        data = (data.inputs, data.targets)
    if not (isinstance(data, tuple) and data and all(isinstance(t, Tensor) for t in data)):
        return None
    sizes = [len(tensor) for tensor in data]
    if len(set(sizes)) > 1:
        raise ValueError(f"{name}: expected tensors of equal length, got lengths {sizes}")
    return data


def _batches(name: str, data: Any, batch_size: int, order: torch.Generator | None) -> Iterator[Any]:
    tensors = _whole(name, data)
    if tensors is None:
        if not isinstance(data, Iterable):
            raise TypeError(
                f"{name}: expected a tuple of tensors or an iterable of batches, "
                f"got {type(data).__name__}"
            )
        iterator = iter(data)
        if iterator is data:
            raise TypeError(
                f"{name}: expected an iterable that can be read again for each epoch, "
                f"got a {type(data).__name__}, which can be read once"
            )
        yield from iterator
        return
    count = len(tensors[0])
    if order is None:
        for first in range(0, count, batch_size):
            yield tuple(tensor[first : first + batch_size] for tensor in tensors)
        return
    shuffled = torch.randperm(count, generator=order).to(tensors[0].device, non_blocking=True)
    for index in torch.split(shuffled, batch_size):
        yield tuple(tensor[index] for tensor in tensors)


def _steps(data: Any, batch_size: int) -> int | None:
    tensors = _whole("train", data)
    if tensors is not None:
        return -(-len(tensors[0]) // batch_size)
    return len(data) if hasattr(data, "__len__") else None


def _device_of(model: nn.Module) -> torch.device:
    if not isinstance(model, nn.Module):
        raise TypeError(f"model: expected a torch.nn.Module, got {type(model).__name__}")
    first = next(model.parameters(), None)
    if first is None:
        raise ValueError("model: expected parameters to train, got none")
    return first.device


def _precision(
    settings: Settings, device: torch.device
) -> tuple[Callable[[], contextlib.AbstractContextManager[Any]], torch.amp.GradScaler | None]:
    """Return what opens the context of the forward pass, and the scaler that float16 needs."""
    wanted = settings.precision
    if wanted == "full":
        return contextlib.nullcontext, None
    if device.type not in _MIXED_DEVICES:
        raise ValueError(
            f"precision: expected 'full' on the device {str(device)!r}, got {wanted!r}; "
            f"mixed precision needs {' or '.join(_MIXED_DEVICES)}"
        )
    if wanted == "mixed":
        wanted = "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    dtype = getattr(torch, wanted)
    scaler = torch.amp.GradScaler(device.type) if wanted == "float16" else None
    return lambda: torch.autocast(device.type, dtype=dtype), scaler


def _random_states(device: torch.device) -> dict[str, Any]:
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002 - the global generator's state
    states: dict[str, Any] = {
        "python": random.getstate(),
        "numpy": [kind, np.asarray(keys).tolist(), *rest],
        "torch": torch.get_rng_state(),
    }
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state_all()
    if device.type == "mps":
        states["mps"] = torch.mps.get_rng_state()
    return states


def _set_random_states(states: dict[str, Any], device: torch.device) -> None:
    random.setstate(states["python"])
    kind, keys, *rest = states["numpy"]
    np.random.set_state((kind, np.array(keys, dtype=np.uint32), *rest))  # noqa: NPY002
    torch.set_rng_state(states["torch"])
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state_all(states["cuda"])
    if device.type == "mps" and "mps" in states:
        torch.mps.set_rng_state(states["mps"])
