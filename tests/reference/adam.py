"""PyTorch's Adam by itself: what tests/adam.rs holds the operator against.

    python tests/reference/adam.py > tests/reference/adam.json

A parameter of three by seven values, and gradients of every size that a training step may bring:
ordinary ones, none at all, tiny and huge ones, and such that change their sign at every step.
"""

import json

import torch

SHAPE = [3, 7]
RATE = 0.01
# After each of these steps the parameter and its moments are written down.
STEPS = [1, 2, 3, 10, 100, 1000]


def gradient(step: int) -> torch.Tensor:
    """In float32 and from integers alone, so that the test computes the very same."""
    values = []
    for k in range(21):
        noise = ((step * 7919 + k * 104729) % 2003 - 1001) / 1024
        size = [1.0, 2.0**-10, 2.0**-30, 2.0**12, 0.0][k % 5]
        sign = -1.0 if k % 3 == 0 and step % 2 == 0 else 1.0
        values.append(noise * size * sign)
    return torch.tensor(values, dtype=torch.float32).reshape(SHAPE)


def main() -> None:
    start = [((k * 31) % 17 - 8) / 16 for k in range(21)]
    parameter = torch.nn.Parameter(torch.tensor(start, dtype=torch.float32).reshape(SHAPE))
    optimizer = torch.optim.Adam([parameter], lr=RATE, foreach=False)
    after = []
    for step in range(1, max(STEPS) + 1):
        parameter.grad = gradient(step)
        optimizer.step()
        if step in STEPS:
            state = optimizer.state[parameter]
            after.append(
                {
                    "step": step,
                    "parameter": parameter.detach().flatten().tolist(),
                    "first": state["exp_avg"].flatten().tolist(),
                    "second": state["exp_avg_sq"].flatten().tolist(),
                }
            )
    answers = {
        "torch": torch.__version__,
        "shape": SHAPE,
        "learning_rate": RATE,
        "start": start,
        "after": after,
    }
    print(json.dumps(answers, indent=1))


if __name__ == "__main__":
    main()
