/**
 * What the page and a worker say to each other. Made of the Rust types in `src/worker`; never
 * edited by hand: `UPDATE=1 cargo test --lib typescript` writes it.
 *
 * The page sends a `Request`; the worker answers each with one `Reply` that carries its id, and
 * sends `WorkerEvent`s in between. Errors are values: nothing is thrown across the boundary.
 *
 * @module
 */

/** The lessons. */
export type Lesson = 'sin-cos' | 'mnist';
/** The options of a run. */
export type Options = {
  /** mnist: 1 to 1024 */
  batchSize?: number;
  /** mnist */
  carryState?: boolean;
  /** Starts a fresh run. */
  cell: 'rnn' | 'lstm' | 'gru';
  /** above 0, at most 1000, or null */
  clipNorm: number | null;
  /** sin-cos */
  endpoint?: 'inclusive' | 'exclusive';
  /** 1 to 256. Starts a fresh run. */
  hiddenSize: number;
  /** above 0, at most 1 */
  learningRate: number;
  /** mnist */
  scan?: 'down' | 'up' | 'columns' | 'permuted';
  /** sin-cos: 1 to 8 */
  segmentsBack?: number;
  /** mnist */
  shuffle?: boolean;
  /** above 0, at most 1000000, or null */
  speed: number | null;
  /** sin-cos */
  stateMode?: 'carry' | 'reset' | 'truncated';
  /** sin-cos: 2 to 200 */
  timeStep?: number;
  /** mnist */
  trainOn?: 'last' | 'every';
  /** mnist: 1 to 8, or auto */
  workers?: number | 'auto';
};
/** Where the tensors live. */
export type Backend = "cpu" | "webgpu";
/** What the user asked for. */
export type BackendChoice = "auto" | "cpu" | "webgpu";
/** A graphics adapter, as a worker sees it. */
export type Adapter = {
  /** As the browser gives it. */
  name: string;
  /** The browser calls it a fallback, that is, software. */
  fallback: boolean;
  /** Features that Burn needs and the adapter lacks. */
  missing: Array<string>, };
/** What a probe found, asked inside a worker. */
export type Found = {
  /** Whether the worker has WebGPU at all. */
  webgpu: boolean;
  /** The adapter that it gave. */
  adapter: Adapter | null, };
/** Milliseconds that a step of the run takes on either backend, as measured on this machine. */
export type Measured = {
  /** On the CPU. */
  cpu: number;
  /** On WebGPU. */
  webgpu: number, };
/** A backend and the reason for it. */
export type Choice = {
  /** The backend. */
  backend: Backend;
  /** Stable; what a page looks its translation up by. */
  reason: string;
  /** The adapter that was found. */
  adapter: Adapter | null;
  /** What it rests on, where both were tried. */
  measured: Measured | null;
  /** A complete English sentence. */
  message: string, };
/** An error for people. */
export type Fault = {
  /** Stable; what a page looks its translation up by. */
  code: string;
  /** A complete English message. */
  message: string;
  /** The parts of the message, by name. */
  detail: { [key in string]: string }, };
/** Where the digits came from. */
export type Source = "beside" | "mirror" | "cache" | "files" | "synthetic";
/** Which digits. */
export type Set = "train" | "test";
/** Verified digits on their way from one worker to another. */
export type SharedDigits = {
  /** As `Images` packs them. */
  trainImages: Uint8Array;
  /** One for each. */
  trainLabels: Uint8Array;
  /** As `Images` packs them. */
  testImages: Uint8Array;
  /** One for each. */
  testLabels: Uint8Array;
  /** Where they came from. */
  source: Source, };
/** Where the digits came from. Synthetic ones are always labelled as such where results show. */
export type DataSource = {
  /** Which of the places it was. */
  source: Source;
  /** Whether they were drawn by `synthetic.rs`. */
  synthetic: boolean;
  /** The SHA-256 of all four files is the published one. */
  verified: boolean;
  /** Training images. */
  train: number;
  /** Test images. */
  test: number;
  /** Why they are synthetic, when real digits were asked for. */
  message?: string, };
/** What a run is like at the moment. */
export type State = {
  /** Its lesson. */
  lesson: Lesson;
  /** The number of the run: one more with every fresh run. */
  run: number;
  /** Where it computes. */
  backend: Backend;
  /** Whether it plays, or steps that were asked for are not done. */
  running: boolean;
  /** Whether it plays. */
  playing: boolean;
  /** Whether the last step ended an epoch. */
  finished: boolean;
  /** Steps done. */
  step: number;
  /** Epochs completed: passes over the digits, or lengths of 100 segments. */
  epoch: number;
  /** Steps of an epoch: 938 batches of 64 digits, 100 segments. */
  stepsPerEpoch: number;
  /** Steps done in the current epoch. */
  epochStep: number;
  /** Of the last step. */
  loss: number | null;
  /** mnist: of the last evaluation of the first 2,000 test images, 0 to 1. */
  accuracy: number | null;
  /** Whether the weights have learned nothing: no step was done, and they are of no file. */
  untrained: boolean;
  /** Over the last second and a half; 0 when not running. */
  stepsPerSecond: number;
  /** Workers that share a step; while it is tried how many are fastest, as before. */
  workers: number;
  /** Milliseconds that a step takes, the median of the last ones, where that is measured and known. */
  stepTime: number | null;
  /** What the initial weights and the order of the data are drawn from. */
  seed: number;
  /** Every option of the lesson. */
  options: Options;
  /** mnist: where the digits came from. */
  data: DataSource | null;
  /** Trainable parameters. */
  parameters: number;
  /** As PyTorch prints the model, several lines. */
  architecture: string, };
/** The curves of consecutive segments, one after the other. */
export type Segments = {
  /** Points of each segment. */
  lengths: Uint32Array;
  /** In radians. */
  times: Float32Array;
  /** sin */
  inputs: Float32Array;
  /** cos */
  targets: Float32Array;
  /** One per point. */
  predictions: Float32Array;
  /** `[points, H]`: the hidden state after each point. */
  hidden: Float32Array, };
/** What came of the steps since the last metrics. */
export type Metrics = {
  /** The 1-based number of the step that `losses[0]` belongs to. */
  firstStep: number;
  /** One for every step. */
  losses: Float32Array;
  /** sin-cos: the curves of the same steps. */
  segments: Segments | null;
  /** After them. */
  state: State, };
/** The result of an evaluation. */
export type Evaluation = {
  /** After how many steps of training. */
  step: number;
  /** The training loss of that step. */
  trainLoss: number | null;
  /** The epoch that it belongs to, from 0. */
  epoch: number;
  /** Test images that it read, the first ones. */
  images: number;
  /** Mean cross-entropy. */
  loss: number;
  /** Cross-entropy, one per image. */
  losses: Float32Array;
  /** 0 to 1. */
  accuracy: number;
  /** `[10, 10]`, row = true digit, column = predicted. */
  confusion: Uint32Array;
  /** One per image. */
  predictions: Uint8Array;
  /** One per image. */
  labels: Uint8Array, };
/** What the network makes of one image. */
export type Prediction = {
  /** The most probable digit. */
  digit: number;
  /** 10 */
  probabilities: Float32Array;
  /** `[28, 10]`: the probabilities after every row. */
  beliefs: Float32Array;
  /** After how many steps of training. */
  step: number, };
/** What a drawing was read as. */
export type DrawingPrediction = {
  /** The 784 pixels that it was fed. */
  pixels: Uint8Array;
  /** The most probable digit. */
  digit: number;
  /** 10 */
  probabilities: Float32Array;
  /** `[28, 10]`: the probabilities after every row. */
  beliefs: Float32Array;
  /** After how many steps of training. */
  step: number, };
/** What happens in the network while it reads one image. */
export type Inspection = {
  /** `[28, 10]`: the probabilities after every row. */
  beliefs: Float32Array;
  /** `[28, G*H]`: the activated gates of every row, i, f, g, o of the LSTM or r, z, n of the GRU. Empty
  * for the RNN, which has none. */
  gates: Float32Array;
  /** `[28, H]` */
  hidden: Float32Array;
  /** `[28, H]`. Empty for the RNN and the GRU, which have none. */
  cellState: Float32Array;
  /** Hidden units, `H`. */
  hiddenSize: number;
  /** After how many steps of training. */
  step: number, };
/** A gate that somebody holds: all of its units have this value. */
export type Hold = {
  /** `input`, `forget`, `cell` or `output` of the LSTM; `reset`, `update` or `new` of the GRU. */
  gate: string;
  /** From 0 to 1; of `cell` and `new` from -1. */
  value: number;
  /** The first time step, from 0. */
  from: number;
  /** The last one. */
  to: number, };
/** A sequence, unrolled. */
export type Unrolled = {
  /** `[time, I]`: x, what was read at every time step. */
  inputs: Float32Array;
  /** `[time, G*H]`: `weight_ih x[t] + bias_ih`, of every gate and hidden unit. */
  fromInput: Float32Array;
  /** `[time, G*H]`: `weight_hh h[t-1] + bias_hh`. */
  fromState: Float32Array;
  /** `[time, G*H]`: the activated gates, as of `inspect`. Empty for the RNN, which has none. */
  gates: Float32Array;
  /** `[time, H]`: h, which PyTorch calls `r_out`. */
  hidden: Float32Array;
  /** `[time, H]`: c. Empty for the RNN and the GRU, which have none. */
  cellState: Float32Array;
  /** `[states, H]`: the state after the last time step, `h_n` and for the LSTM `c_n`. */
  last: Float32Array;
  /** `[time, O]`: what the output layer makes of every hidden state. */
  outputs: Float32Array;
  /** `[time, O]`: the outputs as probabilities. Empty where there is one output, which is a value. */
  beliefs: Float32Array;
  /** Hidden units, `H`. */
  hiddenSize: number;
  /** After how many steps of training. */
  step: number, };
/** How much of the gradient reaches every row. */
export type RowGradients = {
  /** 28: the Euclidean norm, over images and hidden units, of
  * [the loss's gradient](Network::state_gradients) with respect to the hidden state after each row. */
  norms: Float32Array;
  /** After how many steps of training. */
  step: number, };
/** How much of the gradient reaches every earlier time step. */
export type Reach = {
  /** One per time step: the Euclidean norm, over hidden units, of
  * [the gradient](Network::state_gradients) with respect to the hidden state after it. */
  norms: Float32Array;
  /** After how many steps of training. */
  step: number, };
/** What the output layer makes of hidden states, computed in both of the tutorial's ways. */
export type Outputs = {
  /** One per state, from a loop over them. */
  looped: Float32Array;
  /** One per state, from all of them as one matrix. */
  reshaped: Float32Array;
  /** `[H]` */
  weight: Float32Array;
  /** The output layer's only bias. */
  bias: number;
  /** After how many steps of training. */
  step: number, };
/** Points seen in the plane in which they vary most. */
export type Portrait = {
  /** `[points, 2]`, around their mean. */
  points: Float32Array;
  /** `[2, H]`, orthonormal: what is right, and what is up. Given to the next portrait, that one
  * is not turned against this one. */
  frame: Float32Array;
  /** The share of all variance that lies in the plane, 0 to 1. */
  explained: number, };
/** What the network makes of a sequence. */
export type Following = {
  /** One per input. */
  predictions: Float32Array;
  /** `[inputs, H]` */
  hidden: Float32Array;
  /** Hidden units, `H`. */
  hiddenSize: number;
  /** After how many steps of training. */
  step: number, };
/** A wave that the network goes on with by itself. */
export type Generated = {
  /** What it read: what it was given, then what was made of its own outputs. */
  inputs: Float32Array;
  /** One per input. */
  predictions: Float32Array;
  /** `[inputs, H]` */
  hidden: Float32Array;
  /** Hidden units, `H`. */
  hiddenSize: number;
  /** After how many steps of training. */
  step: number, };
/** One digit of the data. */
export type Digit = {
  /** Its place in its set. */
  index: number;
  /** Which digit it is. */
  label: number;
  /** 784, white on black. */
  pixels: Uint8Array, };
/** One of them. */
export type Compared = {
  /** Of its new steps. */
  losses: Float32Array;
  /** mnist: how much of the gradient reaches each row by now. */
  norms: Float32Array | null;
  /** mnist, with the last report: of the first 2,000 test images, or of all where there are fewer, 0 to 1. */
  accuracy: number | null, };
/** What came of runs side by side since the last time. */
export type Comparison = {
  /** The request it belongs to. */
  id: number;
  /** The 1-based number of the step that the first of the losses belongs to. */
  first: number;
  /** Steps that each run has done. */
  step: number;
  /** In the order of the variants. */
  runs: Array<Compared>, };
/** Steps that somebody waits for. */
export type Waiting = {
  /** The request. */
  id: number;
  /** Steps still to do. */
  steps: number, };
/** Everything that continues a run elsewhere. */
export type Continuation = {
  /** A checkpoint: safetensors with weights, moments, carried state and, as metadata, where the
  * run stands. */
  bytes: Uint8Array;
  /** The run as it stands there. */
  state: State;
  /** Steps that were asked for and are not done, in their order. */
  waiting: Array<Waiting>, };
/** How far a comparison came. */
export type Done = {
  /** Steps that each run has done. */
  step: number, };
/** How long a step takes. */
export type Timed = {
  /** Milliseconds. */
  step: number, };
/** Pixels of an image, white on black. */
export type Pixels = Uint8Array | Uint8ClampedArray | Float32Array;
/** Numbers to compute with. */
export type List = Float32Array;
/** A drawing. */
export type Drawing = Strokes | {width: number, height: number, data: Uint8ClampedArray};
/** A command with its parameters, as `{command, params}`. */
export type Command = { "command": "choose", "params": { lesson: string, asked: BackendChoice, found: Found | null, measured: Measured | null, } } | { "command": "open", "params": { backend: Backend, lesson: string, seed: number, options: Partial<Options>, run: number, } } | { "command": "load", "params": { message?: string, } } | { "command": "loadFiles", "params": { trainImages: Uint8Array, trainLabels: Uint8Array, testImages: Uint8Array, testLabels: Uint8Array, source?: Source, } } | { "command": "shareDigits", "params": Record<symbol, never> } | { "command": "takeDigits", "params": SharedDigits } | { "command": "play", "params": Record<symbol, never> } | { "command": "pause", "params": Record<symbol, never> } | { "command": "step", "params": { n: number, } } | { "command": "reset", "params": { seed?: number, } } | { "command": "set", "params": { options: Partial<Options>, } } | { "command": "state", "params": Record<symbol, never> } | { "command": "evaluate", "params": { n: number, } } | { "command": "predict", "params": { pixels: Pixels, } } | { "command": "inspect", "params": { pixels: Pixels, } } | { "command": "unroll", "params": { inputs: Pixels, held?: Array<Hold>, } } | { "command": "rowGradients", "params": Record<symbol, never> } | { "command": "scanOrder", "params": Record<symbol, never> } | { "command": "gradientReach", "params": Record<symbol, never> } | { "command": "outputLayer", "params": { states: List, } } | { "command": "portrait", "params": { states: List, hiddenSize: number, frame?: Float32Array, } } | { "command": "compare", "params": { variants: Array<Partial<Options>>, steps: number, } } | { "command": "time", "params": { steps: number, } } | { "command": "stopComparison", "params": Record<symbol, never> } | { "command": "follow", "params": { inputs: List, } } | { "command": "generate", "params": { inputs: List, more: number, by: number, } } | { "command": "classifyDrawing", "params": { drawing: Drawing, } } | { "command": "digit", "params": { set: Set, index: number, } } | { "command": "saveWeights", "params": Record<symbol, never> } | { "command": "loadWeights", "params": { bytes: Uint8Array, } } | { "command": "handOver", "params": Record<symbol, never> } | { "command": "carryOn", "params": Record<symbol, never> } | { "command": "resume", "params": { bytes: Uint8Array, } };
/** What the core says without being asked. */
export type Event = { "event": "metrics";
  /** What came of them. */
  metrics: Metrics, } | { "event": "evaluation";
  /** What came of them. */
  evaluation: Evaluation;
  /** After it. */
  state: State;
  /** Somebody asked; else the run did by itself. */
  asked: boolean;
  /** It read as many images as all that the run does by itself. */
  counts: boolean, } | { "event": "comparison";
  /** What came of them. */
  comparison: Comparison, } | { "event": "checkpoint";
  /** A checkpoint: safetensors with weights, moments, carried state and, as metadata, where the
  * run stands. */
  bytes: Uint8Array;
  /** The run as it stands there. */
  state: State;
  /** Steps that were asked for and are not done, in their order. */
  waiting: Array<Waiting>, } | { "event": "stopped";
  /** At its end. */
  state: State, } | { "event": "fault";
  /** What. */
  error: Fault;
  /** Whether this core answers no more. */
  fatal: boolean, };
/** What every command is answered with. */
export type Values = {
  choose: Choice | null;
  open: State;
  load: DataSource;
  loadFiles: DataSource;
  shareDigits: SharedDigits;
  takeDigits: DataSource;
  play: State;
  pause: State;
  step: State;
  reset: State;
  set: State;
  state: State;
  evaluate: Evaluation;
  predict: Prediction;
  inspect: Inspection;
  unroll: Unrolled;
  rowGradients: RowGradients;
  scanOrder: Uint16Array;
  gradientReach: Reach;
  outputLayer: Outputs;
  portrait: Portrait;
  compare: Done;
  time: Timed;
  stopComparison: null;
  follow: Following;
  generate: Generated;
  classifyDrawing: DrawingPrediction;
  digit: Digit;
  saveWeights: Uint8Array;
  loadWeights: State;
  handOver: Continuation;
  carryOn: State;
resume: State;
  /** Answered by the worker's own JavaScript: what WebGPU it has. */
  probe: Found;
  /** Answered by the worker's own JavaScript: it is alive. */
  ping: null;
};
/** Strokes, each a list of [x, y] in any one scale, y down. */
export type Strokes = Array<Array<[number, number]>>;
/** A command's parameters. */
type Params<K> = K extends 'probe' | 'ping'
  ? Record<string, never>
  : K extends 'load'
    ? { data: 'mnist' | 'synthetic'; message?: string }
    : Extract<Command, { command: K }>['params'];
/** The commands, their parameters and the value each is answered with. */
export type Commands = { [K in keyof Values]: { params: Params<K>; value: Values[K] } };
export type Request<K extends keyof Commands = keyof Commands> = {
  id: number;
  command: K;
  params: Commands[K]['params'];
};
export type Reply =
  | { id: number; ok: true; value: unknown }
  | { id: number; ok: false; error: Fault };
/** What a worker says without being asked: the core's events, and its loader's. */
export type WorkerEvent =
  | Event
  | { event: 'loaded' }
  | { event: 'held' }
  | { event: 'progress'; what: string; loaded: number; total: number | null };
