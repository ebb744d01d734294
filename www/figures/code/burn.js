/**
 * A lesson's model, loss and step in Rust with Burn 0.22.1, out of Burn's own layers. (This page runs
 * the same equations as one operator of its own, which is faster in a browser.)
 *
 * As in `pytorch.js`, what no option asks for is left out.
 *
 * @module
 */

/** @import {Options} from '../../worker/protocol.js' */

/** A number as Rust's f64 literal. @param {number} value */
function float(value) {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** @typedef {Options['cell']} Cell */

/** A cell's layer, and its state: the type, and one without its history. @type {Record<Cell, {layer: string, state: string, detached: (state: string) => string}>} */
const CELLS = {
  rnn: {
    layer: 'Rnn',
    state: 'RnnState<2>',
    detached: (state) => `RnnState::new(${state}.hidden.detach())`,
  },
  lstm: {
    layer: 'Lstm',
    state: 'LstmState<2>',
    detached: (state) => `LstmState::new(${state}.cell.detach(), ${state}.hidden.detach())`,
  },
  gru: { layer: 'Gru', state: 'Tensor<2>', detached: (state) => `${state}.detach()` },
};

/** What is used of burn::nn. @param {string[]} names */
function used(...names) {
  return ['Initializer', 'Linear', 'LinearConfig', ...names].sort().join(', ');
}

/** @param {number | null} norm  of a gradient at most */
function optimizer(norm) {
  const adam = '    let mut optimizer = AdamConfig::new().with_epsilon(1e-8)';
  if (norm === null) return `${adam}.init();\n`;
  return `\
    // Burn clips each parameter's gradient by its own norm; this page all of them by one, as PyTorch does
    let clipping = GradientClippingConfig::Norm(${float(norm)});
${adam}
        .with_grad_clipping(Some(clipping))
        .init();
`;
}

/** Back-propagation through the last segments, with the weights of the moment. @param {Cell} cell */
const windowOf = (cell) => `\
        // The last segments once more, with their history, from the state before them
        window.push(x);
        let (mut prediction, mut end) = model.forward(window[0].clone(), ${cell === 'rnn' ? 'state.clone().map(RnnState::new)' : 'state.clone()'});
        let first = end${cell === 'rnn' ? '.hidden' : ''}.clone();
        for segment in &window[1..] {
            (prediction, end) = model.forward(segment.clone(), Some(end));
        }
        if window.len() == SEGMENTS_BACK {
            state = Some(${cell === 'rnn' ? 'first.detach()' : CELLS[cell].detached('first')});
            window.remove(0);
        }`;

/**
 * @param {Options} options
 * @param {number} seed
 */
export function sinCos(
  { learningRate, hiddenSize, cell, timeStep, endpoint, stateMode, segmentsBack, clipNorm = null },
  seed,
) {
  const { layer, state, detached } = CELLS[cell];
  const gru = cell === 'gru';
  const truncated = stateMode === 'truncated';
  const reset = stateMode === 'reset';
  return `\
${clipNorm === null ? '' : 'use burn::grad_clipping::GradientClippingConfig;\n'}use burn::module::Module;
use burn::nn::loss::{MseLoss, Reduction};
use burn::nn::{${used(layer, `${layer}Config`, ...(gru ? [] : [`${layer}State`]))}};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Tensor, TensorData};
use std::f64::consts::PI;

const SEGMENTS: usize = 100;
const TIME_STEP: usize = ${timeStep};
const HIDDEN_SIZE: usize = ${hiddenSize};
const LR: f64 = ${float(learningRate)};
${truncated ? `const SEGMENTS_BACK: usize = ${segmentsBack};\n` : ''}
#[derive(Module, Debug)]
struct Regressor {
    rnn: ${layer},
    out: Linear,
}

impl Regressor {
    fn new(device: &Device) -> Self {
        let k = 1.0 / (HIDDEN_SIZE as f64).sqrt();
        Self {
            rnn: ${layer}Config::new(1, HIDDEN_SIZE, true)
                .with_initializer(Initializer::Uniform { min: -k, max: k })
                .init(device),
            out: LinearConfig::new(HIDDEN_SIZE, 1).init(device),
        }
    }

    /// \`x [1, time, 1]\` to \`[1, time, 1]\`
    fn forward(&self, x: Tensor<3>, state: Option<${state}>) -> (Tensor<3>, ${state}) {
        let ${gru ? 'hidden' : '(hidden, state)'} = self.rnn.forward(x, state);
${gru ? '        let state = hidden.clone().narrow(1, TIME_STEP - 1, 1).squeeze_dim(1);\n' : ''}\
        (self.out.forward(hidden), state)
    }
}

/// sin and cos, each \`[1, TIME_STEP, 1]\`
fn segment(step: usize, device: &Device) -> (Tensor<3>, Tensor<3>) {
    let intervals = TIME_STEP${endpoint === 'exclusive' ? '' : ' - 1'};
    let curve = |f: fn(f64) -> f64| {
        let time = |i| PI * (step as f64 + i as f64 / intervals as f64);
        let values = (0..TIME_STEP).map(|i| f(time(i)) as f32).collect::<Vec<_>>();
        Tensor::from_data(TensorData::new(values, [1, TIME_STEP, 1]), device)
    };
    (curve(f64::sin), curve(f64::cos))
}

fn main() {
    let device = Device::flex().autodiff();
    device.seed(${seed});
    let mut model = Regressor::new(&device);
${optimizer(clipNorm)}    let mut state = None;
${truncated ? '    let mut window = Vec::new();\n' : ''}
    for step in 0..SEGMENTS {
        let (x, y) = segment(step, &device);
${
  truncated
    ? windowOf(cell)
    : `        let (prediction, ${reset ? '_' : 'next'}) = model.forward(x, state);
        state = ${reset ? 'None' : `Some(${detached('next')})`};`
}

        let loss = MseLoss::new().forward(prediction, y, Reduction::Mean);
        let grads = GradientsParams::from_grads(loss.backward(), &model);
        model = optimizer.step(LR, model, grads);
        println!("segment {:3} | loss: {:.5}", step + 1, loss.into_scalar::<f32>());
    }
}
`;
}

/** What is done to all images so that their rows are what is read; test images need the same. @type {Record<NonNullable<Options['scan']>, string>} */
const SCANNED = {
  down: '',
  up: '    let images = images.flip([1]);\n',
  columns: '    let images = images.swap_dims(1, 2);\n',
  permuted: `\
    // One order of all pixels; the page has one of its own
    let scan = Tensor::<1>::random([28 * 28], Distribution::Default, device).argsort(0);
    let images = images.flatten::<2>(1, 2).select(1, scan).reshape([n, 28, 28]);
`,
};

/** @param {Cell} cell @param {boolean} every */
const forward = (cell, every) => `\
    fn forward(&self, x: Tensor<3>) -> Tensor<2> {
        let ${cell === 'gru' ? 'hidden' : every ? '(hidden, _)' : '(_, state)'} = self.rnn.forward(x, None);
        ${
          every
            ? 'self.out.forward(hidden).flatten(0, 1)'
            : `self.out.forward(${cell === 'gru' ? 'hidden.narrow(1, 27, 1).squeeze_dim(1)' : 'state.hidden'})`
        }
    }
`;

/** The same from a state, and with the one after it. @param {Cell} cell @param {boolean} every */
function forwardCarried(cell, every) {
  const { state } = CELLS[cell];
  const gru = cell === 'gru';
  const read = every ? 'hidden).flatten(0, 1' : gru ? 'state.clone()' : 'state.hidden.clone()';
  return `\
    fn forward(&self, x: Tensor<3>, state: Option<${state}>) -> (Tensor<2>, ${state}) {
        let ${gru ? 'hidden' : every ? '(hidden, state)' : '(_, state)'} = self.rnn.forward(x, state);
${gru ? '        let state = hidden.clone().narrow(1, 27, 1).squeeze_dim(1);\n' : ''}\
        let answers = self.out.forward(${read});
        (answers, state)
    }
`;
}

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
  const { layer, state, detached } = CELLS[cell];
  const gru = cell === 'gru';
  const every = trainOn === 'every';
  const order = shuffle
    ? 'Tensor::<1>::random([n], Distribution::Default, device).argsort(0)'
    : 'Tensor::<1, Int>::arange(0..n as i64, device)';
  return `\
${clipNorm === null ? '' : 'use burn::grad_clipping::GradientClippingConfig;\n'}use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{${used(layer, `${layer}Config`, ...(carryState && !gru ? [`${layer}State`] : []))}};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, ${shuffle || scan === 'permuted' ? 'Distribution, ' : ''}Int, Tensor};

const BATCH_SIZE: usize = ${batchSize};
const HIDDEN_SIZE: usize = ${hiddenSize};
const LR: f64 = ${float(learningRate)};

#[derive(Module, Debug)]
struct Classifier {
    rnn: ${layer},
    out: Linear,
}

impl Classifier {
    fn new(device: &Device) -> Self {
        let k = 1.0 / (HIDDEN_SIZE as f64).sqrt();
        Self {
            rnn: ${layer}Config::new(28, HIDDEN_SIZE, true)
                .with_initializer(Initializer::Uniform { min: -k, max: k })
                .init(device),
            out: LinearConfig::new(HIDDEN_SIZE, 10).init(device),
        }
    }

    /// \`x [batch, 28, 28]\` to logits \`[answers, 10]\`
${carryState ? forwardCarried(cell, every) : forward(cell, every)}\
}

/// One epoch over \`images [n, 28, 28]\` from 0 to 1 and \`labels [n]\`, all on \`device\`:
/// \`Device::flex().autodiff()\`, say.
fn train(images: Tensor<3>, labels: Tensor<1, Int>, device: &Device) -> Classifier {
    device.seed(${seed});
    let mut model = Classifier::new(device);
${optimizer(clipNorm)}    let loss_func = CrossEntropyLossConfig::new().init(device);
    let [n] = labels.dims();
${SCANNED[scan]}    let order = ${order};
${carryState ? `    let mut state: Option<${state}> = None;\n` : ''}
    for (step, start) in (0..n).step_by(BATCH_SIZE).enumerate() {
        let batch = order.clone().slice(start..n.min(start + BATCH_SIZE));
        let x = images.clone().select(0, batch.clone());
        let y = labels.clone().select(0, batch)${every ? '.unsqueeze_dim::<2>(1).repeat_dim(1, 28).flatten(0, 1)' : ''};

${
  carryState
    ? `\
        // A batch of another size begins from zeros
        let before = state.filter(|_| x.dims()[0] == BATCH_SIZE);
        let (answers, next) = model.forward(x, before);
        state = Some(${detached('next')});
        let loss = loss_func.forward(answers, y);
`
    : `\
        let loss = loss_func.forward(model.forward(x), y);
`
}\
        let grads = GradientsParams::from_grads(loss.backward(), &model);
        model = optimizer.step(LR, model, grads);
        println!("step {:3} | train loss: {:.4}", step + 1, loss.into_scalar::<f32>());
    }
    model
}
`;
}
