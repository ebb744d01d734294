"""PyTorch's account of what happens inside the networks, for tests/insight.rs and
tests/browser/insight.test.js.

Written in the plainest PyTorch there is: a sequence is unrolled cell by cell, so that every gate and
state is a variable of its own, and `h_t.grad` is autograd's own total derivative of the loss with
respect to the hidden state after row t, with the cell state c_t held. Everything is computed in double
precision from the float32 weights, and torch.nn.LSTM and torch.nn.RNN must agree before anything is
written. Values are rounded to 7 decimals, norms and weights to what tells float32 numbers apart.

The LSTM and the sin-cos network start from the *_seed1.safetensors beside this file, the small RNN from
weights that PyTorch draws here and that are written down with the rest. Run with

    python tests/reference/insight.py

from the repository root, with MNIST in ../shared/mnist; it writes tests/reference/insight.json. What is
checked in was written by PyTorch 2.15.0 on the CPU.
"""

import gzip
import json
import math
from pathlib import Path

import numpy
import torch
from safetensors.torch import load_file

MNIST = Path("../shared/mnist")
REFERENCE = Path("tests/reference")
ROWS = 28
TRAINING_IMAGES = 64
DIGIT = 0
GATE_ROWS = [0, 8, 14, 20, 27]
EVALUATED = 10
RNN_HIDDEN = 16
RNN_STEPS = 5
POINTS = 10
REACH_SEGMENTS = 8
SEGMENTS_BACK = 3
TRUNCATED_STEPS = 12
SIN_COS_RATE = 0.02
LEARNING_RATE = 0.01


def digits(prefix, count):
    """The first `count` images [count, 28, 28] in [0, 1], as float32 pixels, and their labels."""
    read = lambda name: gzip.open(MNIST / f"{prefix}-{name}-ubyte.gz").read()
    pixels = numpy.frombuffer(read("images-idx3"), numpy.uint8, count * 784, 16)
    labels = numpy.frombuffer(read("labels-idx1"), numpy.uint8, count, 8)
    images = pixels.reshape(count, ROWS, ROWS).astype(numpy.float32) / numpy.float32(255)
    return torch.tensor(images), torch.tensor(labels.astype(numpy.int64))


class RNN(torch.nn.Module):
    """The tutorial's network: a recurrent layer `rnn` and an output layer `out`."""

    def __init__(self, layer, inputs, hidden, outputs):
        super().__init__()
        self.rnn = layer(inputs, hidden, batch_first=True)
        self.out = torch.nn.Linear(hidden, outputs)


def unroll(net, x):
    """One time step after the other: lists of h_t, of c_t and of the gates i, f, g, o side by side."""
    weights = net.rnn
    lstm = isinstance(net.rnn, torch.nn.LSTM)
    h = torch.zeros(x.shape[0], net.rnn.hidden_size, dtype=x.dtype)
    c = torch.zeros_like(h)
    hidden, cells, gates = [], [], []
    for t in range(x.shape[1]):
        z = x[:, t] @ weights.weight_ih_l0.T + weights.bias_ih_l0
        z = z + h @ weights.weight_hh_l0.T + weights.bias_hh_l0
        if lstm:
            i, f, g, o = z.chunk(4, dim=1)
            i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
            c = f * c + i * g
            h = o * c.tanh()
            gates.append(torch.cat([i, f, g, o], 1))
            cells.append(c)
        else:
            h = z.tanh()
        hidden.append(h)
    expected, _ = net.rnn(x)
    assert torch.allclose(torch.stack(hidden, 1), expected, atol=1e-12, rtol=0)
    return hidden, cells, gates


def row_norms(net, images, labels):
    """The norm, over batch and units, of d loss / d h_t for every row t."""
    hidden, _, _ = unroll(net, images)
    for h in hidden:
        h.retain_grad()
    torch.nn.functional.cross_entropy(net.out(hidden[-1]), labels).backward()
    return [significant(h.grad.norm().item()) for h in hidden]


def inside(net):
    """What a classifier does with one test digit, its losses, and the gradients of its rows."""
    images, labels = digits("t10k", EVALUATED)
    with torch.no_grad():
        hidden, cells, gates = unroll(net, images[DIGIT : DIGIT + 1].double())
        after_rows = torch.cat(hidden)
        beliefs = net.out(after_rows).softmax(1)
        logits = net.out(unroll(net, images.double())[0][-1])
        losses = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    train, train_labels = digits("train", TRAINING_IMAGES)
    return {
        "hidden_size": net.rnn.hidden_size,
        "architecture": str(net),
        "beliefs": rounded(beliefs),
        "hidden": rounded(after_rows),
        "cell_state": rounded(torch.cat(cells)) if cells else [],
        "gates": {str(row): rounded(gates[row]) for row in GATE_ROWS} if gates else {},
        "losses": rounded(losses),
        "norms": row_norms(net, train.double(), train_labels),
    }


def lstm():
    net = RNN(torch.nn.LSTM, ROWS, 64, 10).double()
    net.load_state_dict(load_file(REFERENCE / "mnist_lstm_seed1.safetensors"))
    return inside(net)


def rnn():
    torch.manual_seed(1)
    net = RNN(torch.nn.RNN, ROWS, RNN_HIDDEN, 10)
    weights = {
        name: {"shape": list(w.shape), "values": [single(v) for v in w.flatten().tolist()]}
        for name, w in net.state_dict().items()
    }
    net = net.double()
    seen = inside(net)
    net.zero_grad()
    images, labels = digits("train", 64 * RNN_STEPS)
    adam = torch.optim.Adam(net.parameters(), lr=LEARNING_RATE)
    steps = []
    for x, y in zip(images.double().split(64), labels.split(64)):
        hidden, _ = net.rnn(x)
        loss = torch.nn.functional.cross_entropy(net.out(hidden[:, -1]), y)
        adam.zero_grad()
        loss.backward()
        adam.step()
        steps.append(round(loss.item(), 7))
    return {**seen, "learning_rate": LEARNING_RATE, "step_losses": steps, "weights": weights}


def follow():
    """Half a wave as in training, then one of another frequency, phase and amplitude."""
    net = regressor()
    trained = [math.sin(k * math.pi / 9) for k in range(10)]
    another = [0.7 * math.sin(2.5 * k * math.pi / 9 + 1) for k in range(10)]
    inputs = [single(value) for value in trained + another]
    x = torch.tensor(inputs, dtype=torch.double).reshape(1, -1, 1)
    with torch.no_grad():
        hidden = torch.cat(unroll(net, x)[0])
        predictions = net.out(hidden)
    return {"inputs": inputs, "predictions": rounded(predictions), "hidden": rounded(hidden)}


def regressor():
    net = RNN(torch.nn.RNN, 1, 32, 1).double()
    net.load_state_dict(load_file(REFERENCE / "sin_cos_seed1.safetensors"))
    return net


def segment(k):
    """Inputs and targets of the tutorial's segment k, each [1, 10, 1], of float32 values."""
    times = numpy.linspace(k * numpy.pi, (k + 1) * numpy.pi, POINTS, dtype=numpy.float32)
    curve = lambda f: torch.tensor(f(times.astype(numpy.float64)).astype(numpy.float32)).double()
    return curve(numpy.sin).reshape(1, -1, 1), curve(numpy.cos).reshape(1, -1, 1)


def reach():
    """The norm of d loss / d h_t for the loss of the last of eight segments, over the last four."""
    net = regressor()
    segments = [segment(k) for k in range(REACH_SEGMENTS)]
    hidden, _, _ = unroll(net, torch.cat([x for x, _ in segments], 1))
    for h in hidden:
        h.retain_grad()
    predictions = net.out(torch.stack(hidden[-POINTS:], 1))
    torch.nn.functional.mse_loss(predictions, segments[-1][1]).backward()
    looked_back = hidden[-POINTS * REACH_SEGMENTS // 2 :]
    # Autograd gives no gradient of less than 1e-323; no state here is so far.
    return {"norms": [significant(h.grad.norm().item()) for h in looked_back]}


def truncated():
    """Back-propagation through the last three segments, with the weights of the moment."""
    net = regressor()
    adam = torch.optim.Adam(net.parameters(), lr=SIN_COS_RATE)
    before, window, losses = torch.zeros(1, 1, 32).double(), [], []
    for step in range(TRUNCATED_STEPS):
        x, y = segment(step)
        window.append(x)
        hidden, _ = net.rnn(torch.cat(window, 1), before)
        loss = torch.nn.functional.mse_loss(net.out(hidden[:, -POINTS:]), y)
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(round(loss.item(), 7))
        if len(window) == SEGMENTS_BACK:
            before = hidden[:, POINTS - 1 : POINTS].detach()
            window.pop(0)
    return {"segments_back": SEGMENTS_BACK, "losses": losses}


def portrait(hidden):
    """The first two principal components of hidden states, by numpy's SVD; signs are anybody's choice."""
    states = numpy.array(hidden).reshape(-1, 32)
    centred = states - states.mean(0)
    _, spread, axes = numpy.linalg.svd(centred, full_matrices=False)
    points = numpy.abs(centred @ axes[:2].T)
    share = (spread[:2] ** 2).sum() / (spread**2).sum()
    return {"points": [round(v, 6) for v in points.flatten().tolist()], "explained": round(float(share), 7)}


def rounded(tensor):
    return [round(value, 7) for value in tensor.flatten().tolist()]


def significant(value):
    return float(f"{value:.7g}")


def single(value):
    """The shortest decimal number that is this one in float32."""
    return float(str(numpy.float32(value)))


def main():
    followed = follow()
    answers = {
        "digit": {"set": "test", "index": DIGIT, "label": digits("t10k", EVALUATED)[1][DIGIT].item()},
        "training_images": TRAINING_IMAGES,
        "lstm": lstm(),
        "rnn": rnn(),
        "follow": followed,
        "reach": reach(),
        "truncated": truncated(),
        "portrait": portrait(followed["hidden"]),
    }
    # An array to a line, so that a change can be read.
    lines = lambda fields: ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in fields.items())
    text = ",\n".join(f"{json.dumps(name)}: {{\n{lines(part)}\n}}" if isinstance(part, dict)
                      else f"{json.dumps(name)}: {part}" for name, part in answers.items())
    Path("tests/reference/insight.json").write_text(f"{{\n{text}\n}}\n")


if __name__ == "__main__":
    main()
