"""Both lessons in native PyTorch, as the tutorial writes them.

Reads requests as lines of JSON from stdin and answers each with one line. {"do": "mnist", "steps": 50} and
{"do": "sin-cos", "steps": 500} go on training, or start again if "afresh" is true; "cell", "hidden", "batch" and
"points" are the lesson's unless given. {"do": "evaluate", "steps": 2} reads 2,000 test images as often as that, and
{"do": "epoch"} is the tutorial's whole script of 402. "threads" are PyTorch's default unless given, "device" is "cpu" or
"cuda". argv: the folder with images, labels, test-images and test-labels as plain bytes.
"""

import json
import math
import sys
import time
from functools import cache
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

try:
    import numpy
    from PIL import Image
except ImportError:
    Image = None

FOLDER = Path(sys.argv[1])
THREADS = torch.get_num_threads()


def read(name):
    return torch.frombuffer(bytearray((FOLDER / name).read_bytes()), dtype=torch.uint8)


CELLS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class Reader(nn.Module):
    def __init__(self, cell="lstm", hidden=64):
        super().__init__()
        self.rnn = CELLS[cell](input_size=28, hidden_size=hidden, num_layers=1, batch_first=True)
        self.out = nn.Linear(hidden, 10)

    def forward(self, x):
        r_out, _ = self.rnn(x, None)
        return self.out(r_out[:, -1, :])


class Follower(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(input_size=1, hidden_size=32, num_layers=1, batch_first=True)
        self.out = nn.Linear(32, 1)

    def forward(self, x, h_state):
        r_out, h_state = self.rnn(x, h_state)
        # One product, which is faster than the tutorial's loop over the points.
        return self.out(r_out), h_state


class Digits(Dataset):
    """What torchvision's MNIST with ToTensor gives, by the same way over a PIL image where there is PIL."""

    def __init__(self, images, labels):
        self.images, self.labels = images, labels.tolist()

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        if Image is not None:
            image = Image.fromarray(self.images[index].numpy(), mode="L")
            pixels = torch.from_numpy(numpy.array(image, numpy.uint8, copy=True))
            pixels = pixels.view(image.size[1], image.size[0], 1).permute((2, 0, 1)).contiguous()
            return pixels.to(torch.float32).div(255), self.labels[index]
        return self.images[index].unsqueeze(0).to(torch.float32).div(255), self.labels[index]


@cache
def train_digits(device):
    images = read("images").float().div(255).view(-1, 28, 28)
    return images.to(device), read("labels").long().to(device)


@cache
def test_digits(device):
    images = read("test-images").view(-1, 28, 28)[:2000].float().div(255)
    return images.to(device), read("test-labels")[:2000].long().to(device)


def mnist_steps(device="cpu", cell="lstm", hidden=64, batch=64):
    model = Reader(cell, hidden).to(device)
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    loss_of = nn.CrossEntropyLoss()
    images, labels = train_digits(device)
    count = len(labels) // batch
    step = 0
    while True:
        here = slice(batch * (step % count), batch * (step % count + 1))
        loss = loss_of(model(images[here]), labels[here])
        adam.zero_grad()
        loss.backward()
        adam.step()
        step += 1
        yield loss.detach()


def sin_cos_steps(device="cpu", points=10):
    model = Follower().to(device)
    adam = torch.optim.Adam(model.parameters(), lr=0.02)
    loss_of = nn.MSELoss()
    h_state = None
    step = 0
    while True:
        # Both have a period of two segments; large arguments would only lose digits.
        start = step % 2 * math.pi
        at = torch.linspace(start, start + math.pi, points, device=device)
        x, y = torch.sin(at).view(1, -1, 1), torch.cos(at).view(1, -1, 1)
        prediction, h_state = model(x, h_state)
        h_state = h_state.data
        loss = loss_of(prediction, y)
        adam.zero_grad()
        loss.backward()
        adam.step()
        step += 1
        yield loss.detach()


def evaluations(device="cpu"):
    model = Reader().to(device)
    images, labels = test_digits(device)
    while True:
        with torch.inference_mode():
            accuracy = (model(images).argmax(1) == labels).float().mean().item()
        yield accuracy


def epoch(device="cpu"):
    train = Digits(read("images").view(-1, 28, 28), read("labels"))
    test_x, test_y = test_digits(device)
    start = time.perf_counter()
    loader = DataLoader(dataset=train, batch_size=64, shuffle=True)
    model = Reader().to(device)
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    loss_of = nn.CrossEntropyLoss()
    accuracy = 0.0
    for step, (x, b_y) in enumerate(loader):
        loss = loss_of(model(x.view(-1, 28, 28).to(device)), b_y.to(device))
        adam.zero_grad()
        loss.backward()
        adam.step()
        if step % 50 == 0:
            predicted = torch.max(model(test_x), 1)[1]
            accuracy = (predicted == test_y).float().mean().item()
    return {"ms": 1000 * (time.perf_counter() - start), "accuracy": accuracy, "workers": torch.get_num_threads()}


STEPS = {"mnist": mnist_steps, "sin-cos": sin_cos_steps, "evaluate": evaluations}
RUNS = {}


def answer(do, steps=1, afresh=False, threads=THREADS, **sizes):
    torch.set_num_threads(threads)
    if do == "version":
        return {"version": torch.__version__, "cuda": torch.cuda.get_device_name() if torch.cuda.is_available() else None}
    if do == "epoch":
        return epoch(**sizes)
    name = json.dumps([do, threads, sizes])
    if name not in RUNS or afresh:
        torch.manual_seed(1)
        RUNS[name] = STEPS[do](**sizes)
    run = RUNS[name]
    start = time.perf_counter()
    told = [next(run) for _ in range(steps)]
    if sizes.get("device") == "cuda":
        torch.cuda.synchronize()
    ms = 1000 * (time.perf_counter() - start) / steps
    return {"ms": ms} if do == "evaluate" else {"ms": ms, "losses": [loss.item() for loss in told]}


for line in sys.stdin:
    print(json.dumps(answer(**json.loads(line))), flush=True)
