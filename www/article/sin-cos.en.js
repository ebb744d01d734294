/** The sin-cos lesson as an article, in English. @module */

/** @import {Article, Try} from './types.js' */

/** @typedef {Try['actions']} Actions */

const TUTORIAL = {
  timeStep: 10,
  endpoint: 'inclusive',
  stateMode: 'carry',
  hiddenSize: 32,
  learningRate: 0.02,
  clipNorm: null,
};
const EVEN = { ...TUTORIAL, endpoint: 'exclusive' };

/** The tutorial's hundred segments. @type {Actions} */
const trained = [
  ['set', TUTORIAL],
  ['reset', { seed: 1 }],
  ['step', 100],
];
/** The same on evenly spaced points. @type {Actions} */
const trainedEvenly = [
  ['set', EVEN],
  ['reset', { seed: 1 }],
  ['step', 100],
];

/** @type {Article} */
export const article = {
  sections: [
    {
      id: 'unrolled',
      title: 'What a recurrent network is',
      body: [
        'A recurrent network is a network with a <em>loop</em>. At every time step it reads an input <em>x</em> and its own last <em>hidden state h</em>, and computes a new <em>h</em> from the two. An <em>output layer</em> computes the answer <em>out</em> from the new <em>h</em>. Draw the box once for every time step, and the network is <em>unrolled</em>: an ordinary network, as deep as the sequence is long, with the same weights in every layer. It is trained in this form, and this page takes its name from it.',
        'PyTorch reads whole batches. With <code>batch_first=True</code> an input is <code>[batch, time step, feature]</code>, here <code>[1, 10, 1]</code>. The network returns <code>r_out</code>, the hidden states of all time steps, <code>[1, 10, 32]</code>, and <code>h_n</code>, the last one, <code>[1, 1, 32]</code>. The first dimension of <code>h_n</code> counts layers, with or without <code>batch_first</code>. An LSTM also returns its last cell state <code>c_n</code>. So <code>r_out[:, -1, :]</code> and <code>h_n[-1]</code> are the same numbers. The last line of the figure compares them.',
      ],
      figure: 'unrolled',
      caption:
        'One segment, answered by the network as it is now: after two periods, or from the zero state if the state is reset. Squares are units of the hidden state: blue above zero, red below. Click a box to read its equation.',
      tries: [
        {
          label: 'Before training',
          claim: 'The answers in blue have little to do with the targets in red.',
          actions: [
            ['set', TUTORIAL],
            ['reset', { seed: 1 }],
            ['figure', 'unrolled', { timeStep: 3, unit: 1 }],
          ],
        },
        {
          label: 'After a hundred segments',
          claim: 'In every column the two come close.',
          actions: [...trained, ['figure', 'unrolled', { timeStep: 3, unit: 1 }]],
        },
      ],
    },
    {
      id: 'wave',
      title: 'Half a period at a time',
      body: [
        'The faint line is what the network is given: sin <em>t</em>, one point per <em>time step</em>. Red is what it should answer, cos <em>t</em>. Blue is what it does answer. It learns one <em>segment</em> at a time: ten points, half a period. After each segment the optimiser, Adam, corrects the weights once.',
        'With most <em>seeds</em>, that is, most initial weights, blue finds red within about 50 segments. It does not always stay there: the <em>loss</em>, the mean squared error over the ten points, keeps jumping. Over the last twenty of the tutorial’s hundred segments its mean is below 0.01 for some seeds and above 0.2 for others. Either of two changes calms it: a learning rate of 0.005, or segments without their endpoint, so that the points are evenly spaced.',
      ],
      figure: 'wave',
      caption: 'The last eight segments, as the network answered them while it learned.',
      tries: [
        {
          label: 'Train a hundred segments',
          claim: 'Blue finds red.',
          actions: [['figure', 'wave', {}], ...trained],
        },
        {
          label: 'One segment alone',
          claim: 'The untrained network hardly follows the target.',
          actions: [
            ['set', TUTORIAL],
            ['reset', { seed: 1 }],
            ['step', 1],
            ['figure', 'wave', {}],
          ],
        },
        {
          label: 'The same with seed 2',
          claim: 'Other initial weights, and the loss still jumps at the end.',
          actions: [
            ['figure', 'wave', {}],
            ['set', TUTORIAL],
            ['reset', { seed: 2 }],
            ['step', 100],
          ],
        },
        {
          label: 'Seed 2, evenly spaced',
          claim: 'Calm at the end.',
          actions: [
            ['figure', 'wave', {}],
            ['set', EVEN],
            ['reset', { seed: 2 }],
            ['step', 100],
          ],
        },
      ],
    },
    {
      id: 'memory',
      title: 'One value of sin, two of cos',
      body: [
        'Where sin <em>t</em> is 0.71, the wave is rising and cos is 0.71, or it is falling and cos is −0.71. A model that sees only the current value can do no better than 0 every time; on the tutorial’s ten points that is a loss of 0.55. The <em>hidden state</em> tells the two apart: 32 numbers between −1 and 1, kept from one time step to the next.',
        'The path draws the 32 numbers as one dot per time step, along their first two <em>principal components</em>, the two directions in which they vary most. Before training the state mostly follows its input: the loop is flat, and rising and falling pass close to each other. Learning opens the loop. As the weights settle, each turn falls on the one before: the loop closes. In a run whose loss keeps jumping, the turns keep missing each other.',
      ],
      figure: 'memory',
      caption:
        'Left, the hidden state’s path; its axes do not turn while the network learns. Right, the same 32 units over time.',
      tries: [
        {
          label: 'Before training',
          claim: 'A flat loop: two points with the same sin lie close together.',
          actions: [
            ['set', EVEN],
            ['reset', { seed: 1 }],
            ['figure', 'memory', { view: 'portrait', path: 'probe', pair: true }],
          ],
        },
        {
          label: 'Train, and watch it close',
          claim:
            'Relative to the loop’s size, the two points are now two to three times as far apart.',
          actions: [
            ['figure', 'memory', { view: 'portrait', path: 'live', pair: true }],
            ['set', EVEN],
            ['reset', { seed: 1 }],
            ['watch', 25],
          ],
        },
        {
          label: 'Ten times the learning rate',
          claim: 'The units saturate at 1 and −1, and the loop collapses to a triangle.',
          actions: [
            ['set', { ...EVEN, learningRate: 0.2 }],
            ['reset', { seed: 1 }],
            ['step', 100],
            ['figure', 'memory', { view: 'portrait', path: 'probe', pair: true }],
          ],
        },
        {
          label: 'All 32 units over time',
          actions: [['figure', 'memory', { view: 'heatmap', path: 'live', pair: true }]],
        },
      ],
    },
    {
      id: 'state-modes',
      title: 'Between two segments',
      body: [
        '<strong>Reset</strong> the state to zero at every segment, and the first point is a coin toss: sin is 0, the state is 0, and cos is 1 or −1 in turn. The best answer, 0, is off by 1. Averaged over ten points that is 0.1, and the loss stays there.',
        '<strong>Carry</strong> it, as the tutorial does, and this floor is gone. Yet the loss jumps so much that after a hundred segments half of the seeds are no better off. First cure: a learning rate of 0.005. Second: evenly spaced points, so that no segment begins with the last point of the one before.',
        '<code>h_state.data</code> passes on the numbers without their history, so no gradient crosses the border between segments. Without that line PyTorch stops at the second segment: the history’s stored values are freed by then. Today one writes <code>h_state.detach()</code>: the same numbers, and autograd still notices if somebody changes them. If the gradient could cross, it would fall to a hundredth about seven time steps before the border in an untrained network, and ten to more than thirty in a trained one. <strong>Truncated BPTT</strong>, backpropagation through time that is cut only after <em>n</em> segments, lets it cross. It is the third cure: with <em>n</em> = 2 most seeds end below 0.01.',
      ],
      figure: 'state-modes',
      caption:
        'Above, the loss of each mode from the same weights; below, the norm of the gradient of one segment’s loss with respect to the hidden state at each time step.',
      tries: [
        {
          label: 'Compare the three',
          claim: 'Reset levels off at 0.1; truncated BPTT goes far below.',
          actions: [
            ['set', { ...TUTORIAL, segmentsBack: 2 }],
            ['reset', { seed: 2 }],
            ['figure', 'state-modes', { view: 'losses', modes: ['carry', 'reset', 'truncated'] }],
          ],
        },
        {
          label: 'How far the gradient reaches',
          claim: 'Detached, the bars end at the border of the segment.',
          actions: [
            ...trained,
            ['figure', 'state-modes', { view: 'reach', modes: ['carry', 'truncated'] }],
          ],
        },
        {
          label: 'A quarter of the learning rate',
          claim: 'The state carried as in the tutorial, and a calm descent.',
          actions: [
            ['set', { ...TUTORIAL, learningRate: 0.005 }],
            ['reset', { seed: 2 }],
            ['figure', 'state-modes', { view: 'losses', modes: ['carry', 'reset'] }],
            ['step', 100],
          ],
        },
      ],
    },
    {
      id: 'free-run',
      title: 'Beyond the tutorial',
      body: [
        'Now the weights are frozen, and the wave changes. Another <em>phase</em> costs a few points: then the network has found its place, and answers as well as before. Another <em>frequency</em> does not go so well. At twice the frequency the answer is about as high as ever, and about an eighth of a period late; at half the frequency it is about a tenth early. The network has learned this wave’s pace, not what cos is. It tolerates <em>noise</em>: the answer is off by no more than the input is.',
        'Nor has it learned <em>amplitude</em>. Twice the input raises the answer’s peaks to about 1.25 instead of 2, since tanh lets no unit pass 1; half the input leaves them near 0.8. Now draw. For a wave of your own there is no right answer. To a triangle wave it answers nearly a cosine. If the wave ends in a flat line at 0, some networks come to rest, and others go on swinging by themselves.',
        'And if it feeds itself? With its input the sine of an angle and its answer the cosine, the next input follows: sin(t + d) = sin t cos d + cos t sin d. From 4π on its only input is its own answer, and it goes on swinging. Of three networks after 100 segments of evenly spaced points, two keep their height within 3 percent and their pace within 2; the third swings a fifth too slowly. Begin with a wave a third as high, or twice as high: within two periods these three are back at their own height. The wave has become a <em>limit cycle</em>: wherever such a network begins, that is where it ends. Others come to rest instead.',
      ],
      figure: 'free-run',
      caption:
        'Set frequency, amplitude, phase and noise, or draw a wave with the pen; the trained network answers in blue.',
      tries: [
        {
          label: 'Begin a quarter period later',
          claim: 'A few wrong points, then as good as ever.',
          actions: [
            ...trainedEvenly,
            [
              'figure',
              'free-run',
              { frequency: 1, amplitude: 1, phase: Math.PI / 2, flatAfter: null },
            ],
          ],
        },
        {
          label: 'Twice the frequency',
          claim: 'The answer comes late.',
          actions: [
            ...trainedEvenly,
            ['figure', 'free-run', { frequency: 2, amplitude: 1, phase: 0, flatAfter: null }],
          ],
        },
        {
          label: 'Noise on the input',
          claim: 'The answer is off by no more than the input.',
          actions: [
            ...trainedEvenly,
            [
              'figure',
              'free-run',
              { frequency: 1, amplitude: 1, phase: 0, noise: 0.3, flatAfter: null },
            ],
          ],
        },
        {
          label: 'Two periods, then zero input',
          claim: 'Try other seeds: some go on swinging.',
          actions: [
            ...trainedEvenly,
            ['figure', 'free-run', { frequency: 1, amplitude: 1, phase: 0, flatAfter: 2 }],
          ],
        },
        {
          label: 'Feed its answers back',
          claim: 'It goes on by itself, a little slowly.',
          actions: [...trainedEvenly, ['figure', 'free-run', { closedAfter: 2 }]],
        },
        {
          label: 'A third as high, then by itself',
          claim: 'It finds its own height again.',
          actions: [...trainedEvenly, ['figure', 'free-run', { amplitude: 0.3, closedAfter: 2 }]],
        },
      ],
    },
    {
      id: 'output-layer',
      title: 'Ten answers from one layer',
      body: [
        'The state is 32 numbers, the answer is one. The <em>output layer</em>, 32 weights and a bias, computes the one from the others, with the same weights at every time step. The tutorial first writes it as a loop over the time steps, then as one product: the ten states become the ten rows of a matrix. The numbers are the same, except for the last digit of single precision.',
        'An error in the tutorial: it ends its second form with <code>outs.view(-1, 32, TIME_STEP)</code>. Ten answers do not fill that shape, and PyTorch says so; <code>outs.view(-1, TIME_STEP, 1)</code> is meant. In fact <code>self.out(r_out)</code> is enough: a linear layer applies to the last dimension, however many come before it.',
      ],
      figure: 'output-layer',
      caption:
        'Both forms, and under them the ten answers that each gives for the current segment.',
      tries: [
        {
          label: 'As a loop, third time step',
          actions: [['pause'], ['figure', 'output-layer', { form: 'loop', timeStep: 3 }]],
        },
        {
          label: 'As one reshape',
          claim: 'The same ten numbers.',
          actions: [['pause'], ['figure', 'output-layer', { form: 'reshape', timeStep: 3 }]],
        },
      ],
    },
    {
      id: 'code',
      title: 'The code',
      body: [
        'Here is the whole lesson in PyTorch, as in the tutorial, and in Burn, the Rust library that trains in this page. Change a setting and the constant changes with it: this is the code of the run you are looking at. From PyTorch’s initial weights both give the same losses.',
        'Two remarks on the tutorial. The loss is <code>MSELoss</code>, a mean squared error, though the comment beside it says cross entropy. And 0.02 is a large learning rate: at 0.005 the loss falls below 0.1 in about half as many segments.',
        'What if it is left running? It does not stay as good. Adam’s steps do not shrink with the loss, and sooner or later one of them throws the network off. We ran the tutorial’s program in PyTorch from three seeds for 20,000 segments: by the thousandth each had a loss below 0.001, by the end none; two of the three answered 0 throughout, a loss of 0.55. The usual advice is to clip the gradient, <code>clip_grad_norm_(rnn.parameters(), 1)</code> before <code>optimizer.step()</code>. Of three runs of 3,000 segments each, one was lost without it, one with the norm clipped at 1, none at 0.1. Clipping is among the settings, as the largest norm of the gradient. A smaller learning rate is the surer way.',
      ],
      figure: 'code',
      caption: 'This run as a program; its constants follow the settings.',
      tries: [
        {
          label: 'Twenty points a segment',
          claim: 'TIME_STEP follows.',
          actions: [
            ['set', { ...TUTORIAL, timeStep: 20 }],
            ['figure', 'code', { language: 'pytorch' }],
          ],
        },
        {
          label: 'Clip the gradient at 0.1',
          claim: 'One more line, before the step.',
          actions: [
            ['set', { ...TUTORIAL, clipNorm: 0.1 }],
            ['figure', 'code', { language: 'pytorch' }],
          ],
        },
        {
          label: 'The tutorial’s settings, in Burn',
          actions: [
            ['set', TUTORIAL],
            ['figure', 'code', { language: 'burn' }],
          ],
        },
      ],
    },
  ],
  closing:
    'So the memory is nothing but 32 numbers, handed on at each time step. It holds what training asked for: the place on this one wave. The next lesson gives the network a way to decide what to keep.',
};
