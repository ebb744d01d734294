/** The exercises in English. @module */

/** @import {ExerciseTexts} from './types.js' */

/** @type {ExerciseTexts} */
export const texts = {
  exercises: {
    diverge: {
      title: 'Too fast to learn',
      task: 'Raise the learning rate until the network learns nothing. Goal: after 100 segments the mean loss of the last 20 is above 0.5. Leave the other settings as they are.',
      hint: 'A network that always answers 0 has a loss of about 0.55. Ten times the tutorial’s 0.02 is worth a try.',
      solution:
        'Learning rate 0.2. Each correction overshoots: the weights grow, <code>tanh</code> saturates near ±1, and its derivative there is almost 0. Then hardly any gradient is left to undo it. From about 0.05 on it learns next to nothing.',
    },
    calm: {
      title: 'Calm without a smaller learning rate',
      task: 'With seed 2 the loss still jumps after 100 segments. Calm it. Goal: the mean loss of segments 81 to 100 is below 0.01. Leave the learning rate, the cell, the hidden units and the seed as they are.',
      hint: 'In the tutorial, each segment begins at the point where the last one ended. What if it did not?',
      solution:
        'Set <strong>Endpoint</strong> to excluded: now the points are evenly spaced, also across the border of two segments, where the same point used to come twice. Truncated BPTT or 20 time steps also meets the goal.',
    },
    floor: {
      title: 'Below the floor',
      task: 'Here the state is reset at each segment, so the first point is a guess, and with ten points the loss stays at 0.1. Keep the reset. Goal: a mean loss of the last 20 segments below 0.08, within 200 segments.',
      hint: 'The guess costs one point. Make one point count for less.',
      solution:
        '20 time steps and a learning rate of 0.01. The first answer is still off by 1, but it is one of 20: the floor is now 0.05. A longer segment is harder to learn, and so it takes about 200 of them. Only a carried state takes the floor away.',
    },
    few: {
      title: 'How much memory is enough?',
      task: 'Predict cos from sin with at most 2 hidden units. Goal: a mean loss of the last 20 segments below 0.01, within 300 segments.',
      hint: 'To know where it is on the wave, the network needs two numbers, as a point on a circle does. Evenly spaced points make it easier.',
      solution:
        'An RNN with 2 hidden units on evenly spaced points. With 1 it fails: one number cannot hold both the value and the direction. An LSTM with 1 unit succeeds, since it carries a cell state as well: two numbers again.',
    },
    swing: {
      title: 'Swinging without an input',
      task: 'After two periods the input stays at 0. Find a seed with which the answer goes on swinging. Goal: an amplitude of at least 0.5 eight periods after the input ended, after 100 to 200 segments. Change nothing else.',
      hint: 'Press New seed, then Play to the end of the 100 segments. About one seed in four does it. The figure “Beyond the tutorial” shows the answer if you set its input, from 4π on, to zero.',
      solution:
        'Seed 3, for example. The loop from the hidden state to itself is an oscillator: it can keep a rhythm that no input gives it. Training asked only for the right answer to a wave; what happens without one is left to chance, that is, to the initial weights.',
    },
    blank: {
      title: 'A row that makes a 9 of a 4',
      task: 'The network of the first screen reads this 4 right. Blank a single row so that it reads a 9. Drag over the rows to choose one, then press “Blank row …”.',
      hint: 'A 4 is open at the top, a 9 is closed. Look for the row that says so.',
      solution:
        'Row 7, the first row with ink. There the left stroke is only a faint spot, and the gap to the right stroke is wide. In rows 8 to 10 a single pixel lies between them, as if a 9 began to close. From row 7 on the tape shows both branches; above it nothing has changed, for the network cannot look ahead.',
    },
    parameters: {
      title: 'As many parameters, another cell',
      task: 'The tutorial’s LSTM has 24,714 trainable parameters. Give a GRU as many, to within 1%. No training is needed.',
      hint: 'An LSTM has four blocks of weights (three gates and a candidate), a GRU three. With <em>H</em> hidden units a block has 28<em>H</em> + <em>H</em><sup>2</sup> + 2<em>H</em> numbers, the output layer 10<em>H</em> + 10.',
      solution:
        '76 hidden units: 3 · (28 · 76 + 76² + 2 · 76) + 10 · 76 + 10 = 24,938. With 64 units a GRU has 18,698. Whoever compares cells should say whether the units or the parameters are the same.',
    },
    level: {
      title: 'Let the gradient through',
      task: 'Before training, at most a few millionths of the gradient that reaches row 28 reach row 1. Goal: within 150 steps the smallest of the 28 norms is at least 20% of the largest. An RNN’s norms jump about and do not count here: find a cell that keeps them level. Leave the learning rate, the hidden units and the loss on the last row as they are.',
      hint: 'The cell has to be able to keep a value unchanged from row to row. Pause between step 50 and 150, or press Step.',
      solution:
        'An LSTM, after 50 steps: it has opened its forget gates, and <code>c = f·c + i·g</code> hands the gradient on multiplied by <em>f</em>, which is now near 1. A GRU does it too. The RNN multiplies by the same matrix and by tanh’s derivative at each of the 28 rows.',
    },
    rnn: {
      title: 'An RNN that can read',
      task: 'With a learning rate of 0.01 the plain RNN reads about 60% of the test digits. Goal: an accuracy of at least 75% within 600 steps. Keep the cell and its 64 hidden units, and the loss on the last row.',
      hint: 'Its gradient jumps from step to step. Take smaller steps.',
      solution:
        'Learning rate 0.003: about 80%. Part of the gap between RNN and LSTM is due to the learning rate. With 0.001 it learns too slowly and does not get there in 600 steps.',
    },
    batch: {
      title: 'More out of the same images',
      task: 'Goal: 80% of the test digits after no more than 9,600 training images. With the tutorial’s batches of 64 that is 150 steps, and they are not enough. Keep the cell, the hidden units, the learning rate and the loss on the last row.',
      hint: 'After each batch the weights are corrected once. The same images can make more corrections.',
      solution:
        'Batches of 16: 600 corrections instead of 150. Each one is noisier, and on the way to a first good solution that matters less than their number. Batches of 128 do worse than those of 64.',
    },
    early: {
      title: 'Know it by half',
      task: 'Trained on the last row alone, the network is right for fewer than one digit in five after 14 of 28 rows. Goal: within 400 steps it is right after row 14 for at least 75 of the first 100 test digits.',
      hint: 'A network answers well only where its loss asks for an answer.',
      solution:
        'Set <strong>Loss taken after</strong> to every row. After 300 steps it is right by half for more than 80 of 100. Nothing else has changed: not the network, not the images. What it was not asked for, it had not learned.',
    },
  },
  words: {
    open: 'to do',
    solved: 'solved',
    'solved-now': 'Solved.',
    space: ' ',
    announced: 'Exercise solved: {title}.',
    count: '{solved} of {count} solved',
    forget: 'Forget what is solved',
    hint: 'Hint',
    solution: 'Solution',
    go: 'Go there',
    do: 'Do it for me',
    back: 'Back to the exercise',
    close: 'Close',
    card: 'The current exercise',
    'says-unseen':
      'This run does not count: the page did not see its first step. Press Reset, or Go there.',
    'says-arrived':
      'It is like this already, and that does not count. Press Go there, and do it from the start.',
    'says-synthetic':
      'These digits are synthetic: the goal was measured on MNIST and is not checked here.',
    'says-kept':
      'This run does not count. {name} has to be {is}; it is {value}. Press Reset after changing it.',
    'says-most':
      'This run does not count. {name}: at most {most}; it is {value}. Press Reset after changing it.',
    'says-not': 'This run does not count: {name} is {value}. Choose another and press Reset.',
    'says-above':
      'This run does not count. {name} has to be above {above}; it is {value}. Press Reset after changing it.',
    'says-mixed':
      'This run does not count: {name} changed on the way. Press Reset to begin with the new settings.',
    'says-mean': 'Mean loss {loss}, goal below {goal}. Segment {step} of {most}.',
    'says-mean-over': 'Mean loss {loss}, goal above {goal}. Segment {step} of {most}.',
    'says-reached': 'Mean loss of 20 segments: {loss}.',
    'says-missed':
      'Not yet: mean loss {loss}, goal {goal}. Segment {most} is over: change something and press Reset.',
    'says-accuracy': 'Best accuracy {share}, goal {goal}. Step {step} of {most}.',
    'says-accuracy-reached': 'Accuracy {share}.',
    'says-accuracy-missed':
      'Not yet: {share}, goal {goal}. Step {most} is over: change something and press Reset.',
    'says-parameters': '{count} parameters, goal {goal}.',
    'says-over': 'Not yet: step {most} is over. Press Reset and try again.',
    'says-swing':
      'Amplitude {found}, goal {goal}. Segment {step}; it counts from {from} to {most}.',
    'says-swing-reached': 'Amplitude {found}.',
    'says-level': 'Smallest norm: {found} of the largest, goal {goal}. Step {step} of {most}.',
    'says-level-reached': 'Smallest norm: {found} of the largest.',
    'says-early': '{found} of 100 right after row 14, goal {goal}. Step {step} of {most}.',
    'says-early-reached': '{found} of 100 right after row 14.',
    'says-tape-other':
      'With all its rows this is read as {digit}, not as {before}. Press Go there.',
    'says-weights':
      'This is no longer the network that came with the page. Press Go there to have it back.',
    'says-tape-none': 'No row is blank yet.',
    'says-tape-one': 'Row {row} blank: read as {digit}.',
    'says-tape-many': '{count} rows are blank: a single one has to do it.',
  },
};
