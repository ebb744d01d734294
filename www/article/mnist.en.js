/** The mnist lesson as an article, in English. @module */

/** @import {Article, Try} from './types.js' */

/** @typedef {Try['actions']} Actions */

const TUTORIAL = {
  cell: 'lstm',
  trainOn: 'last',
  scan: 'down',
  hiddenSize: 64,
  batchSize: 64,
  learningRate: 0.01,
  shuffle: true,
  carryState: false,
  clipNorm: null,
};
/** Batches in one epoch of 60,000 digits. */
const EPOCH = 938;

/** @param {Record<string, unknown>} changed what differs from the tutorial @returns {Actions} */
const trained = (changed = {}, seed = 1) => [
  ['set', { ...TUTORIAL, ...changed }],
  ['reset', { seed }],
  ['step', EPOCH],
];

/** @type {Article} */
export const article = {
  sections: [
    {
      id: 'belief-tape',
      title: 'When does it know?',
      body: [
        'A row of 28 pixels is one <em>time step</em>. After the last one the output layer turns the <em>hidden state</em> into ten <em>logits</em>, one score a digit, and softmax turns these into probabilities. The tape asks the output layer after every row, and marks the row from which the first choice no longer changes.',
        'Read it with care: the output layer was trained after row 28 alone. After row 14 it is right for fewer than one digit in five, and yet gives its first choice a probability of about one half on average. Even where the ink ends it is right for only 60 to 70 in 100; the blank rows below bring that to 95 or 96. The network does not carry a verdict through them: it reaches it there. Train it on every row, and half of the image is enough for nine digits in ten, with the same accuracy at the end.',
      ],
      figure: 'belief-tape',
      caption:
        'Beside the digit, the probability of each class after each row; drag over the rows. The mark is where it decided.',
      tries: [
        {
          label: 'Train on the last row, read a 0',
          claim: 'The mark stands near the bottom of the digit.',
          actions: [...trained(), ['figure', 'belief-tape', { digit: 0, row: 14 }]],
        },
        {
          label: 'Train on every row, read the same 0',
          claim: 'The mark stands near the top.',
          actions: [
            ...trained({ trainOn: 'every' }),
            ['figure', 'belief-tape', { digit: 0, row: 14 }],
          ],
        },
      ],
    },
    {
      id: 'live-scan',
      title: 'Draw, and take rows away',
      body: [
        'Draw a digit, and the tape and the bars follow your pen. Your drawing is scaled and centred as MNIST’s digits were, so a late stroke may shift all the rows: the network reads the small image, not the pad.',
        'Now blank a row. Above it nothing changes, for the network cannot look ahead; from that row on the prediction splits in two, and the tape shows both branches. One missing row changes the verdict for at most about one digit in ten, whichever row it is. Three in the middle change it for about one in three. Which three is what counts: this 7 stays a 7 without rows 8 and 9. Blank row 10 too, and the whole bar is gone: about half of the networks that we trained call it a 1.',
      ],
      figure: 'belief-tape',
      needs: 'drawing',
      tries: [
        {
          label: 'A 7 without rows 8 and 9',
          claim: 'Still a 7.',
          actions: [...trained({}, 2), ['figure', 'belief-tape', { digit: 7, erase: [8, 9] }]],
        },
        {
          label: 'A 7 without its bar',
          claim: 'With seed 2 it becomes a 1; with seed 1 it stays a 7.',
          actions: [...trained({}, 2), ['figure', 'belief-tape', { digit: 7, erase: [8, 9, 10] }]],
        },
        {
          label: 'An 8 without rows 11 to 13',
          claim: 'No longer an 8; what it becomes depends on the seed.',
          actions: [
            ...trained({}, 2),
            ['figure', 'belief-tape', { digit: 8, erase: [11, 12, 13] }],
          ],
        },
      ],
    },
    {
      id: 'inside',
      title: 'Inside the cell',
      body: [
        'Besides the hidden state <em>h</em> an LSTM has a <em>cell state c</em>: the line at the top. At every row it is multiplied by the forget gate <em>f</em>, and the candidate <em>g</em> is added, as much of it as the input gate <em>i</em> lets through. Nothing else touches it. All four boxes read the same two things, the row <em>x</em> and the last <em>h</em>; the output gate <em>o</em> decides how much of <em>c</em> becomes the new <em>h</em>. The more a gate lets through, the darker the line behind it. Choose a part, or go through a row part by part, and read its equation with the numbers of one unit.',
        'Now hold a gate, in all 64 units at once. Forbid the network to forget, and it reads one digit in ten right: no better than chance. Without forgetting, a memory is of no use. Wipe <em>c</em> at row 8, and hardly a digit is lost. Wipe it at row 14, and about four in five are still read right: a little is left in <em>h</em>, and the lower half is still to come. Wipe <em>h</em> there too, and it is about half. But freeze <em>c</em> at row 14, and nothing can be read from it: what it holds by then is not a verdict, only what the rest is to be added to. Train the network on every row, and frozen there it still reads about nine in ten.',
      ],
      figure: 'inside',
      caption:
        'One unit at one row. On the tape, what the network makes of the digit; outlined, the same with all gates as learned.',
      tries: [
        {
          label: 'Never forget',
          claim: 'The forget gate is held at 1, and the 7 is no longer recognised.',
          actions: [
            ...trained(),
            ['figure', 'inside', { digit: 7, part: 'forget', hold: 'never-forget' }],
          ],
        },
        {
          label: 'Wipe c at row 14',
          claim: 'With what is left in h and the lower half it is still a 7.',
          actions: [
            ...trained(),
            ['figure', 'inside', { digit: 7, part: 'forget', row: 14, hold: 'wipe-at' }],
          ],
        },
        {
          label: 'Trained on every row, frozen at row 14',
          claim: 'Still a 7: this network keeps a verdict.',
          actions: [
            ...trained({ trainOn: 'every' }),
            ['figure', 'inside', { digit: 7, part: 'input', row: 15, hold: 'frozen' }],
          ],
        },
        {
          label: 'Show nothing before row 28',
          claim: 'The gates no longer see what was read before, and what they keep is of no use.',
          actions: [
            ...trained(),
            ['figure', 'inside', { digit: 7, part: 'output', row: 27, hold: 'hidden' }],
          ],
        },
      ],
    },
    {
      id: 'gate-film',
      title: 'The gates at work',
      body: [
        'The same for all 64 units: <code>c = f·c + i·g</code> and <code>h = o·tanh(c)</code>. The gates <em>f</em>, <em>i</em> and <em>o</em> lie between 0 and 1, the candidate <em>g</em> between −1 and 1.',
        'Before training all three gates are near one half. After it, on rows with ink, about one forget gate in six is above 0.9, which keeps, and between one in ten and one in five are below 0.1, which wipes. The blank rows are the surprise: above the digit few gates are saturated, that is, near 0 or 1; below it about a quarter of the forget gates are above 0.9. The input is equally blank; what differs is the hidden state, which the gates read too. And <em>c</em> has no bound: some units go far beyond 1, for some digits beyond 10.',
      ],
      figure: 'gates',
      caption:
        'Gates and states for this digit, row by row and unit by unit; the units can be sorted by row of peak activation.',
      tries: [
        {
          label: 'Before training',
          claim: 'Every gate is half open.',
          actions: [
            ['set', TUTORIAL],
            ['reset', { seed: 1 }],
            ['figure', 'gates', { digit: 0, show: 'all', sort: 'none' }],
          ],
        },
        {
          label: 'The forget gate, trained and sorted',
          claim: 'Few are saturated above the digit, many below it.',
          actions: [...trained(), ['figure', 'gates', { digit: 0, show: 'forget', sort: 'peak' }]],
        },
        {
          label: 'The cell state',
          claim: 'It grows on the way down.',
          actions: [...trained(), ['figure', 'gates', { digit: 0, show: 'c', sort: 'peak' }]],
        },
      ],
    },
    {
      id: 'rnn-lstm',
      title: 'RNN against LSTM',
      body: [
        'The tutorial says that an LSTM does much better than a plain RNN. It does: after one epoch, one pass over the training digits, it reads about 96% of the test digits, the RNN between a third and two thirds, by seed. But part of that is the <em>learning rate</em>: at 0.003 instead of 0.01 the RNN reads 76 to 88%, the LSTM still about 95. (A single linear layer that sees the whole image at once reads 91 to 92%.)',
        'The usual explanation is that an RNN’s gradient vanishes on its way back. Look at the bars before training: it vanishes in <strong>both</strong>. Of what reaches row 28, at most a few millionths reach row 1: an LSTM’s forget gates begin near one half and halve it at every row. The difference is what the two learn. A hundred steps later the LSTM’s bars are nearly level: it has opened its gates. The RNN’s are no longer so small either, but they are uneven and jump about from step to step.',
      ],
      figure: 'gradient-flow',
      caption:
        'Same seed, same batches: three losses, and below them the norm of the loss’s gradient with respect to the hidden state after each of the 28 rows.',
      tries: [
        {
          label: 'The gradient before training',
          claim: 'All three fade to almost nothing at row 1.',
          actions: [
            ['set', TUTORIAL],
            ['reset', { seed: 1 }],
            ['figure', 'gradient-flow', { steps: 0, at: 0 }],
          ],
        },
        {
          label: 'A hundred steps',
          claim: 'The LSTM’s bars have risen to nearly one height.',
          actions: [
            ['set', TUTORIAL],
            ['reset', { seed: 1 }],
            ['figure', 'gradient-flow', { steps: 100, at: 100 }],
          ],
        },
        {
          label: 'A gentler learning rate',
          claim: 'Now the RNN learns too.',
          actions: [
            ['set', { ...TUTORIAL, learningRate: 0.003 }],
            ['reset', { seed: 1 }],
            ['figure', 'gradient-flow', { steps: EPOCH, at: EPOCH }],
          ],
        },
      ],
    },
    {
      id: 'mistakes',
      title: 'What it gets wrong',
      body: [
        'Of the first 2,000 test digits it misreads 75 to 120. The <em>confusion matrix</em> says what was taken for what: a row for each true digit, a column for each prediction. The list changes with the seed, and so does the hardest digit: what looks like a rule in one run may be gone in the next.',
        'Most mistakes are made with low confidence: a typical one has a probability of about 0.7, a typical right answer more than 0.99. But one in five or four is made with more than 0.9: being sure is no proof. A few digits, such as test image 445, went wrong with almost every seed. Click one, and see on the tape at which row the prediction went wrong.',
      ],
      figure: 'mistakes',
      caption:
        'Confusion matrix, accuracy by digit, and the worst mistakes first; a click puts one on the pad and on the tape.',
      tries: [
        {
          label: 'Read 2,000 test digits',
          actions: [...trained(), ['evaluate', 2000], ['figure', 'mistakes', { index: null }]],
        },
        {
          label: 'Test image 445',
          claim: 'A 6 that almost every network we trained calls a 0.',
          actions: [...trained(), ['evaluate', 2000], ['figure', 'mistakes', { index: 445 }]],
        },
      ],
    },
    {
      id: 'scan-order',
      title: 'Another reading order',
      body: [
        'Nothing in an LSTM knows what up and down are. Read the rows from the bottom, or the columns instead of the rows: after one epoch it reads 95 to 97% of all test digits, whichever way, and the difference between two ways is no larger than that between two seeds.',
        'Then shuffle all 784 pixels, always in the same order, and read them 28 at a time. To us this is noise. The network still reads about 94% of all 10,000 (this page measures on the first 2,000, which are a little harder): one and a half times as many mistakes, but no collapse. Neighbouring pixels help, but are not essential. You can go on drawing; the pad shows your digit, and beside it stands what the network is given.',
      ],
      figure: 'scan-order',
      caption: 'The digit, and what the network reads of it, time step by time step.',
      tries: [
        {
          label: 'From the bottom up',
          claim: 'As good, within the spread of seeds.',
          actions: [
            ['figure', 'scan-order', { scan: 'up' }],
            ...trained({ scan: 'up' }),
            ['evaluate', 2000],
          ],
        },
        {
          label: 'Column by column',
          claim: 'As good again.',
          actions: [
            ['figure', 'scan-order', { scan: 'columns' }],
            ...trained({ scan: 'columns' }),
            ['evaluate', 2000],
          ],
        },
        {
          label: 'In a fixed shuffle',
          claim: 'A little worse, far from lost.',
          actions: [
            ['figure', 'scan-order', { scan: 'permuted' }],
            ...trained({ scan: 'permuted' }),
            ['evaluate', 2000],
          ],
        },
      ],
    },
    {
      id: 'code',
      title: 'The code',
      body: [
        'The lesson in PyTorch, as in the tutorial, and in Burn. The constants are those of the run you are looking at; switch the cell, the reading order or the rows it is trained on, and the lines that differ change.',
        'Three numbers are worth a look: 28 inputs, because a row has 28 pixels; 28 time steps, because there are 28 rows; 64 hidden units, which is a choice. And <code>r_out[:, -1, :]</code> is all that the tutorial keeps of the hidden states: the last one. At the end the tutorial reads the first ten test digits and gets all ten right. Three of the six networks that we trained misread one of them, the ninth, a sprawling 5.',
        'Readers of the tutorial ask two things. What if the state is carried from batch to batch, as in the first lesson, in place of <code>None</code>? Then every image begins with what is left of another one, and the network learns to pass over it: in PyTorch, from two seeds, one epoch gave 94.9 and 94.7% with a carried state, 95.0 and 96.1% without. The setting “Carry the state” does it here, too. And does it need gradient clipping? The norm is above 1 in two steps out of five, so that clipping at 1 does something; after an epoch it had made no difference beyond that of another seed (95.6 and 96.2%), and at 0.1 it cost about one digit in a hundred.',
      ],
      figure: 'code',
      caption: 'This run as a program; its constants follow the settings.',
      tries: [
        {
          label: 'A plain RNN, in PyTorch',
          claim: 'nn.LSTM becomes nn.RNN.',
          actions: [
            ['set', { ...TUTORIAL, cell: 'rnn' }],
            ['figure', 'code', { language: 'pytorch' }],
          ],
        },
        {
          label: 'A carried state, in PyTorch',
          claim: 'None becomes the state of the batch before.',
          actions: [
            ['set', { ...TUTORIAL, carryState: true }],
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
    'So a gate is a number between 0 and 1 that the network sets for itself, row by row. An LSTM does not begin with a good memory. It learns to have one, and on this page that takes about a hundred steps.',
};
