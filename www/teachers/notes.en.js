/** The notes for teachers in English. @module */

/** @import {Notes} from './notes.js' */

/** @type {Notes} */
export const notes = {
  lang: 'en',
  title: 'Notes for teachers',
  lead: 'Lesson plans for 45 and 90 minutes, the exercises with their solutions, links that set the page up, and how to embed a figure in your own page.',
  words: {
    minutes: 'Minutes',
    what: 'What happens',
    solution: 'Solution.',
    wrong: 'What usually goes wrong.',
    open: 'Open it.',
  },
  sections: [
    {
      id: 'before',
      title: 'Before the lesson',
      blocks: [
        'The page needs a browser of the last three years and nothing else: no account, no installation. What pupils draw or train stays on their device. MNIST, the handwritten digits, is about 11 MB and is loaded once.',
        {
          list: [
            'Open the page once on every device while it is online. After that it works offline.',
            'A hundred segments of the first lesson take five seconds at the tutorial’s speed. On a laptop one epoch of the second takes about 7 seconds. A phone or an old laptop takes several times as long; no exercise needs a whole epoch.',
            'Pupils should know what a function is and what a loss measures. Derivatives help with the exercises about gradients. Nobody has to program.',
            'On a projector, enlarge the page in the browser to 125 or 150%. It follows the system’s light or dark mode.',
          ],
        },
      ],
    },
    {
      id: 'plan-45',
      title: 'A lesson of 45 minutes: why a network needs a memory',
      blocks: [
        {
          plan: [
            [
              '0–5',
              'The first screen, on the projector. One pupil draws a digit, the others say after which row they would know it. Then look at the tape: after which row does the network?',
            ],
            [
              '5–12',
              'Write on the board: sin <em>t</em> = 0.71. What is cos <em>t</em>? There are two answers. What else would you have to know? Collect: whether the curve rises; where it was one point ago.',
            ],
            [
              '12–20',
              '<a href="./?lang=en#lesson=sin-cos&amp;figure=wave">The first lesson, fresh.</a> Press Play together. Where does blue meet red first, where last? Let the class read the loss.',
            ],
            [
              '20–28',
              '<a href="./?lang=en#lesson=sin-cos&amp;figure=memory">The hidden state’s path.</a> “Before training”, then “Train, and watch it close”: two points with the same sin move apart.',
            ],
            [
              '28–40',
              'In pairs: the exercises “Too fast to learn”, “Below the floor” and, for those who are quick, “How much memory is enough?”.',
            ],
            [
              '40–45',
              'Together: why 0.1 of all numbers when the state is reset? (One point of ten is off by 1.) What did the smallest network that worked have to store?',
            ],
          ],
        },
      ],
    },
    {
      id: 'plan-90',
      title: 'A lesson of 90 minutes: what gates are for',
      blocks: [
        'Minutes 0 to 40 are as above. Then:',
        {
          plan: [
            [
              '40–50',
              '<a href="./?lang=en#lesson=mnist&amp;figure=belief-tape">The second lesson.</a> Train one epoch, and meanwhile draw. Blank rows of a digit. Question: why does nothing change above the blank row?',
            ],
            [
              '50–60',
              '<a href="./?lang=en#lesson=mnist&amp;figure=gates">The gates.</a> Before training and after it. Work out by hand what <code>c = f·c + i·g</code> gives for <em>f</em> = 1, <em>i</em> = 0 and for <em>f</em> = 0, <em>i</em> = 1.',
            ],
            [
              '60–68',
              '<a href="./?lang=en#lesson=mnist&amp;figure=gradient-flow">RNN against LSTM and GRU.</a> Press Compare. Read off how much of the gradient reaches row 1 before training and after 100 steps.',
            ],
            [
              '68–85',
              'In pairs, two of: “A row that makes a 9 of a 4” (easy), “As many parameters, another cell” (with paper), “Let the gradient through”, “Know it by half”.',
            ],
            [
              '85–90',
              'To close: what would be different for sentences instead of rows of pixels? Homework: “An RNN that can read” or “More out of the same images”.',
            ],
          ],
        },
      ],
    },
    {
      id: 'show',
      title: 'What is worth showing',
      blocks: [
        {
          list: [
            '<strong>The same input, two answers.</strong> <a href="./?lang=en#lesson=sin-cos&amp;figure=memory">Memory:</a> tick “mark two points with the same sin”.',
            '<strong>A seed is not a detail.</strong> “The same with seed 2” beside <a href="./?lang=en#lesson=sin-cos&amp;figure=wave">the wave</a>: one run is no evidence. Let each row of pupils take another seed and collect the losses on the board.',
            '<strong>It learned this wave, not cos.</strong> <a href="./?lang=en#lesson=sin-cos&amp;figure=free-run">Another wave:</a> double the frequency, then draw.',
            '<strong>Being sure is no proof.</strong> <a href="./?lang=en#lesson=mnist&amp;figure=mistakes">What it gets wrong:</a> one mistake in four or five is made with more than 0.9.',
            '<strong>Pixels in a fixed shuffle.</strong> <a href="./?lang=en#lesson=mnist&amp;figure=scan-order">Another reading order:</a> noise to us, about 94% to the network.',
          ],
        },
      ],
    },
    {
      id: 'exercises',
      title: 'The exercises',
      blocks: [
        'The page checks each goal by itself and says why a run does not count: because a setting was changed that has to stay, or changed on the way. “Do it for me” carries the solution out. What is solved is remembered in the browser; “Forget what is solved” below the list prepares a device for the next class.',
        { exercises: true },
      ],
    },
    {
      id: 'links',
      title: 'Links that set the page up',
      blocks: [
        '<strong>Copy link</strong>, in the bar of each lesson, gives the address of the lesson as it is: settings, seed, the figure in view, the digit on the pad. Send pupils such a link and all begin in the same state. The words behind the <code>#</code> can be written by hand too:',
        {
          list: [
            '<a href="./?lang=en#lesson=sin-cos&amp;seed=2&amp;endpoint=exclusive&amp;figure=wave"><code>#lesson=sin-cos&amp;seed=2&amp;endpoint=exclusive&amp;figure=wave</code></a>',
            '<a href="./?lang=en#lesson=mnist&amp;cell=gru&amp;hiddenSize=76&amp;figure=gates"><code>#lesson=mnist&amp;cell=gru&amp;hiddenSize=76&amp;figure=gates</code></a>',
            '<a href="./?lang=en#lesson=mnist&amp;trainOn=every&amp;digit=445&amp;figure=belief-tape"><code>#lesson=mnist&amp;trainOn=every&amp;digit=445&amp;figure=belief-tape</code></a>',
            '<a href="./?lang=en#exercise-calm"><code>#exercise-calm</code></a>: one exercise',
          ],
        },
        'A link loads a state and starts nothing: the pupils press Play.',
      ],
    },
    {
      id: 'embed',
      title: 'Embed a figure',
      blocks: [
        'The button <strong>Embed</strong> in the bar of each lesson writes the code for the whole lesson or for single figures. A figure as an iframe, for a learning platform:',
        {
          code: `<iframe src="https://your.host/unroll/embed.html?lesson=mnist&show=belief-tape,drawing&lang=en"
  title="Unroll: the belief tape" style="width: 100%; height: 640px; border: 0"></iframe>`,
        },
        'As an element, in a page that allows scripts:',
        {
          code: `<script type="module" src="https://your.host/unroll/lesson/unroll-lesson.js"></script>
<unroll-lesson lesson="sin-cos" show="wave,loss" lang="en"></unroll-lesson>`,
        },
      ],
    },
    {
      id: 'licence',
      title: 'Licence, and how to cite',
      blocks: [
        'You may copy, translate and change the texts of the page and these notes, also commercially, under <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>: name the authors, link to the licence, and say whether you changed something. “From Unroll, by the Unroll contributors, CC BY 4.0” is enough. The program is under MIT or Apache 2.0, as you choose. <a href="LICENSES.txt">All licences.</a>',
        'To cite it: The Unroll contributors, <em>Unroll: two recurrent networks that learn in a web page while you watch</em>, version 0.1.0, with the address of the page and the day on which you saw it.',
      ],
    },
  ],
  wrong: {
    diverge:
      'A very small rate keeps the loss high as well, so some go down instead of up: that is not learning either, but for another reason. Ask for both.',
    calm: 'Most reach for the learning rate first; the page says why that does not count. Some look at one segment’s loss and not at the mean of twenty.',
    floor:
      'Training longer with ten points: the loss stays at 0.1 however long. Patience does not lower the floor, and that is the point.',
    few: 'Taking away units one by one, and concluding from one failed run that they are too few. Let them try another seed, and only then another number.',
    swing:
      'Changing frequency or amplitude in the figure: that is another input, not another network. And taking a constant answer for swinging.',
    blank:
      'Blanking the row of the crossbar, which seems most important to us. And blanking several rows: one has to do it.',
    parameters:
      'Taking 64 · 4 / 3 units: the units enter squared. And forgetting the second bias or the output layer.',
    level:
      'Keeping the RNN and taking a smaller learning rate. Its gradient may be level for a moment, but not for long; it does not count. Some let it run past step 150: press Reset and pause earlier.',
    rnn: 'Raising the learning rate, or changing the cell and wondering why that does not count.',
    batch:
      'Larger batches, because they are “more data”: the number of images is the same, so there are fewer corrections. And changing the batch size on the way.',
    early:
      'Looking for a setting of the network, such as more units. The answer lies in what the loss asks for.',
  },
};
