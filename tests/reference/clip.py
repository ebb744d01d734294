"""The sin-cos lesson with its gradient clipped, for tests/clip.rs.

    python tests/reference/clip.py > tests/reference/clip.json

From the weights of sin_cos_seed1.safetensors, 100 segments of 10 points, the state carried and detached,
Adam 0.02, and `clip_grad_norm_` with the norms below before every step. What is checked in was written by
PyTorch 2.15.0 on the CPU.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file

REFERENCE = Path(__file__).parent
WEIGHTS = "sin_cos_seed1"
RATE = 0.02
SEGMENTS = 100
POINTS = 10
NORMS = [1.0, 0.1]


class RNN(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = torch.nn.RNN(1, 32, batch_first=True)
        self.out = torch.nn.Linear(32, 1)

    def forward(self, x, state):
        hidden, state = self.rnn(x, state)
        return self.out(hidden), state


def run(norm: float) -> dict:
    network = RNN()
    network.load_state_dict(load_file(REFERENCE / f"{WEIGHTS}.safetensors"))
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    state, losses, norms = None, [], []
    for step in range(SEGMENTS):
        time = torch.linspace(step * torch.pi, (step + 1) * torch.pi, POINTS, dtype=torch.float64)
        x, y = (curve(time).float().view(1, POINTS, 1) for curve in (torch.sin, torch.cos))
        prediction, state = network(x, state)
        state = state.detach()
        loss = torch.nn.functional.mse_loss(prediction, y)
        optimizer.zero_grad()
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(network.parameters(), norm).item())
        optimizer.step()
        losses.append(loss.item())
    return {"norm": norm, "clipped": sum(found > norm for found in norms), "losses": losses}


def main() -> None:
    answers = {"torch": torch.__version__, "weights": WEIGHTS, "runs": [run(norm) for norm in NORMS]}
    print(json.dumps(answers, indent=1))


if __name__ == "__main__":
    main()
