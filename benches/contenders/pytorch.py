"""Both lessons in native PyTorch, as the tutorial writes them.

Reads requests as lines of JSON from stdin and answers each with one line: {"do": "mnist", "steps": 50}
and {"do": "sin-cos", "steps": 500} go on training on one thread, or start again where "afresh" is
true; {"do": "epoch"} is the tutorial's whole script of 402 with PyTorch's default threads. argv: the
folder with images, labels, test-images and test-labels as plain bytes.
"""

import json
import math
import sys
import time
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


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(input_size=28, hidden_size=64, num_layers=1, batch_first=True)
        self.out = nn.Linear(64, 10)

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
        outs = [self.out(r_out[:, k, :]) for k in range(r_out.size(1))]
        return torch.stack(outs, dim=1), h_state


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


def mnist_steps():
    model = Reader()
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    loss_of = nn.CrossEntropyLoss()
    labels = read("labels").long()
    images = read("images").float().div(255).view(-1, 28, 28)
    count = len(labels) // 64
    step = 0
    while True:
        k = step % count
        loss = loss_of(model(images[64 * k : 64 * k + 64]), labels[64 * k : 64 * k + 64])
        adam.zero_grad()
        loss.backward()
        adam.step()
        step += 1
        yield loss.detach()


def sin_cos_steps():
    model = Follower()
    adam = torch.optim.Adam(model.parameters(), lr=0.02)
    loss_of = nn.MSELoss()
    h_state = None
    step = 0
    while True:
        # Both have a period of two segments; large arguments would only lose digits.
        start = step % 2 * math.pi
        points = torch.linspace(start, start + math.pi, 10)
        x, y = torch.sin(points).view(1, 10, 1), torch.cos(points).view(1, 10, 1)
        prediction, h_state = model(x, h_state)
        h_state = h_state.data
        loss = loss_of(prediction, y)
        adam.zero_grad()
        loss.backward()
        adam.step()
        step += 1
        yield loss.detach()


def epoch():
    train = Digits(read("images").view(-1, 28, 28), read("labels"))
    test_x = read("test-images").view(-1, 28, 28)[:2000].float().div(255)
    test_y = read("test-labels")[:2000].long()
    start = time.perf_counter()
    loader = DataLoader(dataset=train, batch_size=64, shuffle=True)
    model = Reader()
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    loss_of = nn.CrossEntropyLoss()
    accuracy = 0.0
    for step, (x, b_y) in enumerate(loader):
        loss = loss_of(model(x.view(-1, 28, 28)), b_y)
        adam.zero_grad()
        loss.backward()
        adam.step()
        if step % 50 == 0:
            predicted = torch.max(model(test_x), 1)[1]
            accuracy = (predicted == test_y).float().mean().item()
    return {"ms": 1000 * (time.perf_counter() - start), "step": step + 1, "accuracy": accuracy}


STEPS = {"mnist": mnist_steps, "sin-cos": sin_cos_steps}
RUNS = {}


def answer(request):
    if request["do"] == "version":
        return {"version": torch.__version__, "threads": THREADS}
    if request["do"] == "epoch":
        torch.set_num_threads(THREADS)
        return epoch()
    torch.set_num_threads(1)
    what, steps = request["do"], request["steps"]
    if what not in RUNS or request.get("afresh"):
        torch.manual_seed(1)
        RUNS[what] = STEPS[what]()
    run = RUNS[what]
    start = time.perf_counter()
    losses = [next(run) for _ in range(steps)]
    return {"ms": 1000 * (time.perf_counter() - start) / steps, "losses": [loss.item() for loss in losses]}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
