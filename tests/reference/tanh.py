"""The coefficients of src/operators/tanh.rs.

    python tests/reference/tanh.py        (needs mpmath)

x P(x^2) / Q(x^2) is fitted to tanh(x) (1 + RISE (x/BOUND)^16) on [0, BOUND] by least squares of the
relative error, reweighted by Q; P(0) = Q(0) = 1. The rise is far below a float32's last
bit where tanh is not yet 1, and takes the fit above 1 where it is, so that what is cut off at 1
is exactly 1 there.
"""

from mpmath import cos, lu_solve, matrix, mp, mpf, pi, tanh

BOUND = mpf("8.9")
RISE = mpf("6e-7")
NODES = 160
OF_P, OF_Q = 5, 4


def target(x):
    return tanh(x) * (1 + RISE * (x / BOUND) ** 16)


def fit():
    nodes = [BOUND / 2 * (1 - cos(pi * (2 * k + 1) / (2 * NODES))) for k in range(NODES)]
    weights = [mpf(1)] * NODES
    size = OF_P + OF_Q
    for _ in range(4):
        left, right = matrix(size, size), matrix(size, 1)
        for x, weight in zip(nodes, weights):
            y, z = target(x), x * x
            row = [x * z**k for k in range(1, OF_P + 1)] + [-y * z**k for k in range(1, OF_Q + 1)]
            scale = (weight / y) ** 2
            for i in range(size):
                right[i] += scale * row[i] * (y - x)
                for j in range(size):
                    left[i, j] += scale * row[i] * row[j]
        solution = list(lu_solve(left, right))
        p, q = [mpf(1), *solution[:OF_P]], [mpf(1), *solution[OF_P:]]
        weights = [1 / sum(c * (x * x) ** k for k, c in enumerate(q)) for x in nodes]
    value = lambda x: x * at(p, x * x) / at(q, x * x)
    error = max(abs(value(x) / target(x) - 1) for x in nodes)
    return p, q, error


def at(coefficients, z):
    return sum(c * z**k for k, c in enumerate(coefficients))


def main():
    mp.dps = 60
    p, q, error = fit()
    print("P, the highest power first:", [mp.nstr(c, 9) for c in reversed(p)])
    print("Q, the highest power first:", [mp.nstr(c, 9) for c in reversed(q)])
    print("largest relative error:", mp.nstr(error, 2))


if __name__ == "__main__":
    main()
