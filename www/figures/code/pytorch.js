/**
 * A lesson's program in PyTorch, as the tutorial writes it (403 and 402) and PyTorch does today. It
 * runs as it stands, with torch, and torchvision for the digits.
 *
 * What no option asks for is left out, so that the tutorial's options give the tutorial's program.
 *
 * @module
 */

/** @import {Options} from '../../worker/protocol.js' */

/** @typedef {Options['cell']} Cell */

/** @type {Record<Cell, string>} */
const LAYERS = { rnn: 'RNN', lstm: 'LSTM', gru: 'GRU' };

/** A state without its history; an LSTM's is two tensors. @param {string} state @param {Cell} cell */
function detached(state, cell) {
  return cell === 'lstm' ? `tuple(s.detach() for s in ${state})` : `${state}.detach()`;
}

/** What stands before the optimiser's step. @param {number | null} norm @param {string} indent */
const clipped = (norm, indent) =>
  norm === null ? '' : `${indent}nn.utils.clip_grad_norm_(rnn.parameters(), ${norm})\n`;

/** Back-propagation through the last segments, with the weights of the moment. @param {Cell} cell */
const windowOf = (cell) => `\
    # The last segments once more, with their history, from the state before them
    window.append(x)
    state, ends = h_state, []
    for segment in window:
        prediction, state = rnn(segment, state)
        ends.append(state)
    if len(window) == SEGMENTS_BACK:
        h_state = ${detached('ends[0]', cell)}
        window.pop(0)`;

/**
 * @param {Options} options
 * @param {number} seed
 */
export function sinCos(
  { learningRate, hiddenSize, cell, timeStep, endpoint, stateMode, segmentsBack, clipNorm = null },
  seed,
) {
  const truncated = stateMode === 'truncated';
  const [points, cut] = endpoint === 'exclusive' ? ['TIME_STEP + 1', '[:-1]'] : ['TIME_STEP', ''];
  return `\
import torch
from torch import nn

torch.manual_seed(${seed})

# Hyper-parameters
SEGMENTS = 100
TIME_STEP = ${timeStep}
INPUT_SIZE = 1
HIDDEN_SIZE = ${hiddenSize}
LR = ${learningRate}
${truncated ? `SEGMENTS_BACK = ${segmentsBack}\n` : ''}

class RNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.${LAYERS[cell]}(
            input_size=INPUT_SIZE,
            hidden_size=HIDDEN_SIZE,
            num_layers=1,
            batch_first=True,
        )
        self.out = nn.Linear(HIDDEN_SIZE, 1)

    def forward(self, x, h_state):
        # x (batch, time_step, input_size)
        # h_state ${cell === 'lstm' ? 'is h_n and c_n, each ' : ''}(n_layers, batch, hidden_size)
        # r_out (batch, time_step, hidden_size)
        r_out, h_state = self.rnn(x, h_state)
        outs = []
        for time_step in range(r_out.size(1)):
            outs.append(self.out(r_out[:, time_step, :]))
        return torch.stack(outs, dim=1), h_state


rnn = RNN()
print(rnn)

optimizer = torch.optim.Adam(rnn.parameters(), lr=LR)
loss_func = nn.MSELoss()
h_state = None
${truncated ? 'window = []\n' : ''}
for step in range(SEGMENTS):
    start, end = step * torch.pi, (step + 1) * torch.pi
    steps = torch.linspace(start, end, ${points}, dtype=torch.float64)${cut}.float()
    x = torch.sin(steps).view(1, TIME_STEP, INPUT_SIZE)
    y = torch.cos(steps).view(1, TIME_STEP, 1)

${
  truncated
    ? windowOf(cell)
    : `    prediction, h_state = rnn(x, h_state)
    h_state = ${stateMode === 'reset' ? 'None' : detached('h_state', cell)}`
}

    loss = loss_func(prediction, y)
    optimizer.zero_grad()
    loss.backward()
${clipped(clipNorm, '    ')}    optimizer.step()
    print(f'segment {step + 1:3d} | loss: {loss.item():.5f}')
`;
}

/** What is done to images `[batch, 28, 28]` so that their rows are what is read. @type {Record<NonNullable<Options['scan']>, string>} */
const SCANNED = {
  down: '',
  up: '.flip(1)',
  columns: '.transpose(1, 2)',
  permuted: '.flatten(1)[:, ORDER].view(-1, TIME_STEP, INPUT_SIZE)',
};

const ORDER = `\
# One order of all pixels; the page has one of its own
ORDER = torch.randperm(28 * 28, generator=torch.Generator().manual_seed(0))
`;

/**
 * @param {Options} options
 * @param {number} seed
 */
export function mnist(
  {
    learningRate,
    hiddenSize,
    cell,
    trainOn,
    batchSize,
    shuffle,
    carryState,
    scan = 'down',
    clipNorm = null,
  },
  seed,
) {
  const permuted = scan === 'permuted';
  const every = trainOn === 'every';
  const lstm = cell === 'lstm';
  const answers = `${carryState ? '[0]' : ''}${every ? '[:, -1, :]' : ''}`;
  const read = every ? '.flatten(0, 1)' : '';
  const detached = lstm ? 'tuple(values.detach() for values in state)' : 'state.detach()';
  return `\
import torch
import torchvision
from torch import nn
from torch.utils.data import DataLoader

torch.manual_seed(${seed})

# Hyper-parameters
EPOCH = 1
BATCH_SIZE = ${batchSize}
TIME_STEP = 28
INPUT_SIZE = 28
HIDDEN_SIZE = ${hiddenSize}
LR = ${learningRate}
${permuted ? ORDER : ''}
train_data = torchvision.datasets.MNIST(
    root='./mnist/',
    train=True,
    transform=torchvision.transforms.ToTensor(),
    download=True,
)
test_data = torchvision.datasets.MNIST(root='./mnist/', train=False)
train_loader = DataLoader(train_data, batch_size=BATCH_SIZE, shuffle=${shuffle ? 'True' : 'False'})
test_x = ${scan === 'down' ? 'test_data.data[:2000].float() / 255' : `(test_data.data[:2000].float() / 255)${SCANNED[scan]}`}
test_y = test_data.targets[:2000]


class RNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.${LAYERS[cell]}(
            input_size=INPUT_SIZE,
            hidden_size=HIDDEN_SIZE,
            num_layers=1,
            batch_first=True,
        )
        self.out = nn.Linear(HIDDEN_SIZE, 10)

    def forward(self, x${carryState ? ', state=None' : ''}):
        # x (batch, time_step, input_size)
        # r_out (batch, time_step, hidden_size)
        r_out, ${carryState ? 'state' : lstm ? '(h_n, h_c)' : 'h_n'} = self.rnn(x, ${carryState ? 'state' : 'None'})
        return self.out(r_out${every ? '' : '[:, -1, :]'})${carryState ? ', state' : ''}


rnn = RNN()
print(rnn)

optimizer = torch.optim.Adam(rnn.parameters(), lr=LR)
loss_func = nn.CrossEntropyLoss()
${carryState ? 'state = None\n' : ''}
for epoch in range(EPOCH):
    for step, (x, y) in enumerate(train_loader, start=1):
        b_x = x.view(-1, TIME_STEP, INPUT_SIZE)${SCANNED[scan]}
        b_y = y${every ? '.repeat_interleave(TIME_STEP)' : ''}

${
  carryState
    ? `\
        # A batch of another size begins from zeros
        if state is not None and state${lstm ? '[0]' : ''}.size(1) != b_x.size(0):
            state = None
        output, state = rnn(b_x, state)
        # Its values go on, its history ends here
        state = ${detached}
        loss = loss_func(output${read}, b_y)
`
    : `\
        output = rnn(b_x)${read}
        loss = loss_func(output, b_y)
`
}\
        optimizer.zero_grad()
        loss.backward()
${clipped(clipNorm, '        ')}        optimizer.step()

        if step % 50 == 0:
            with torch.no_grad():
                test_output = rnn(test_x)${answers}
            accuracy = (test_output.argmax(dim=1) == test_y).float().mean()
            print(f'step {step:3d} | train loss: {loss.item():.4f} | test accuracy: {accuracy:.3f}')

with torch.no_grad():
    test_output = rnn(test_x[:10])${answers}
print(test_output.argmax(dim=1).tolist(), 'prediction')
print(test_y[:10].tolist(), 'real number')
`;
}
