/** The tour in English. @module */

/** @import {TourTexts} from './stops.js' */

/** @type {TourTexts} */
export const texts = {
  stops: {
    reader: {
      title: 'Draw a digit',
      words:
        'This network is trained. It reads your digit one row at a time, and the strip beside it shows the prediction after each row.',
    },
    unrolled: {
      title: 'What a recurrent network is',
      words:
        'The same cell at every time step: a value comes in from below, the hidden state from the left. Choose a time step to see its equation.',
    },
    wave: {
      title: 'Learn a wave',
      words:
        'Press Play in the bar above. A network that sees one point of sin at a time learns to answer with cos: blue finds red.',
    },
    memory: {
      title: 'See its memory',
      words:
        'Each dot is the hidden state at one time step. Training opens the loop, so that rising and falling can be told apart.',
    },
    'state-modes': {
      title: 'Carry the state, or reset it',
      words:
        'Press “Compare the three”. Without a carried state the loss stays at 0.1, because the first point of each segment is a guess.',
    },
    'free-run': {
      title: 'Try another wave',
      words:
        'Draw a wave of your own, or double the frequency. The weights no longer change: you see what was learned, and what was not.',
    },
    'belief-tape': {
      title: 'Where does it decide?',
      words:
        'Press Play, and let it learn for a few seconds. Then blank one of the 28 rows: above it nothing changes, from that row on the prediction splits in two.',
    },
    gates: {
      title: 'The gates of the LSTM',
      words:
        'Press “The forget gate, trained and sorted”. Full colour is near 1 and keeps what is in memory; no colour is near 0 and wipes it.',
    },
    inside: {
      title: 'Hold a gate',
      words:
        'The cell as a diagram, with the numbers of one unit at one row. Hold a gate, and see what the network reads then.',
    },
    'gradient-flow': {
      title: 'Why the RNN learns badly',
      words:
        'Press Compare. At first the gradient fades on its way to row 1 in all three cells; LSTM and GRU learn to let it through.',
    },
    mistakes: {
      title: 'What it gets wrong',
      words:
        'Train for a while, then let it read the test images. Click a mistake, and the tape shows the row at which it went wrong.',
    },
    exercises: {
      title: 'Now you',
      words:
        'Each exercise has a goal that the page checks, a hint, and a solution that it can carry out for you.',
    },
  },
  words: {
    label: 'Tour of the page',
    where: '{stop} of {count}',
    back: 'Back',
    next: 'Next',
    leave: 'Leave the tour',
    finish: 'End the tour',
  },
};
