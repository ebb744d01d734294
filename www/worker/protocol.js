/**
 * What the page and a worker say to each other. Types only: no runtime code, so that the page,
 * the worker's JavaScript and the tests can all import it, and `src/worker/protocol.rs` mirrors it.
 *
 * The page sends `Request`s. The worker answers each exactly once, with a `Reply` that carries the
 * request's id, and sends `WorkerEvent`s in between. The page owns the ids: a request that is asked
 * again on another worker keeps its own. Errors are values: a worker never throws across the
 * boundary. Field names are camelCase on both sides; array data are typed arrays.
 *
 * @module
 */

/** @typedef {'sin-cos' | 'mnist'} Lesson */
/** @typedef {'cpu' | 'webgpu'} Backend */
/** @typedef {'auto' | Backend} BackendChoice */

/**
 * An error as a value. `code` is stable and is what the page translates; `message` is English,
 * complete by itself: what happened, which input, what to do. `detail` names the parts of the
 * message (`{name: 'learningRate', value: 'NaN', ...}`), all strings, for translated texts.
 *
 * Codes that say what became of a request: `stopped` (pause, or stopComparison; `detail.done`: how
 * many steps were done), `superseded` (another run, comparison or set of digits took its place),
 * `closed`, `device-lost`, `nan-loss`.
 * @typedef {{code: string, message: string, detail: Record<string, string>}} Fault
 */

/**
 * What a WebGPU probe found, asked inside a worker.
 * @typedef {object} Adapter
 * @property {string} name        vendor, architecture and description as the browser gives them
 * @property {boolean} fallback   the browser calls it a fallback (software) adapter
 * @property {string[]} missing   features that Burn needs and the adapter lacks
 */

/**
 * Which backend a lesson runs on, and why. `reason` is a stable code:
 * `asked` (the user chose it), `small-lesson` (sin-cos: launch latency dominates),
 * `gpu` (a real adapter), `no-webgpu` (no navigator.gpu), `no-adapter`, `fallback-adapter`,
 * `missing-feature`, `start-failed`, `device-lost`, `crashed`.
 * @typedef {{backend: Backend, reason: string, adapter: Adapter | null, message: string}} Choice
 */

/**
 * Every option of both lessons. `epochs`-like lengths are not options: a run pauses at the end of
 * its length (100 segments, one epoch) and `play` goes on from there.
 * @typedef {object} Options
 * @property {number} learningRate          > 0, <= 1. Applies from the next step.
 * @property {number} hiddenSize            integer 1..256. Starts a fresh run.
 * @property {'lstm' | 'rnn'} [cell]        mnist: what the recurrent layer is made of. Starts a fresh run.
 * @property {number} [batchSize]           mnist: integer 1..1024. From the next step.
 * @property {'last' | 'every'} [trainOn]  mnist: after which rows it is asked for the digit while it learns. Applies from the next step
 * @property {'down' | 'up' | 'columns' | 'permuted'} [scan]   mnist: the order in which a digit is read. Applies from the next step
 * @property {boolean} [shuffle]            mnist: false reads images consecutively from image 0. Starts the epoch afresh
 * @property {number} [timeStep]            sin-cos: points a segment, integer 2..200. From the next segment.
 * @property {'inclusive' | 'exclusive'} [endpoint]   sin-cos: whether a segment includes its last point.
 * @property {'carry' | 'reset' | 'truncated'} [stateMode]   sin-cos: hidden state between segments: carried on and detached, zero, or carried on with its history.
 * @property {number} [segmentsBack]         sin-cos: integer 1..8: segments the gradient flows back through where the state is `truncated`; 1 is `carry`.
 * @property {number | null} speed          steps per second while playing; null: as fast as it goes.
 */

/**
 * Where the digits came from. `synthetic` is always labelled as such where results show.
 * @typedef {object} DataSource
 * @property {'beside' | 'mirror' | 'cache' | 'files' | 'synthetic'} source
 * @property {boolean} synthetic
 * @property {boolean} verified      the SHA-256 of all four files is the published one
 * @property {number} train          number of training images
 * @property {number} test           number of test images
 * @property {string} [message]      why it is synthetic, when real digits were asked for
 */

/**
 * A worker's whole visible state, plain data.
 * @typedef {object} State
 * @property {Lesson} lesson
 * @property {Backend} backend
 * @property {number} run                the number of the run; grows by one with every fresh run
 * @property {boolean} running           `playing`, or steps that were asked for are not done
 * @property {boolean} playing           play was asked
 * @property {boolean} untrained         no step was done, and the weights come from no file
 * @property {boolean} finished          the run stands at the end of its length (an epoch, 100 segments)
 * @property {number} step               steps done in this run
 * @property {number} epoch              mnist: epochs completed; sin-cos: lengths of 100 segments completed
 * @property {number} stepsPerEpoch      mnist: batches per epoch (938 at 64); sin-cos: 100
 * @property {number} epochStep          steps done in the current epoch
 * @property {number | null} loss        of the last step
 * @property {number | null} accuracy    mnist: of the last evaluation, 0..1
 * @property {number} stepsPerSecond     over about the last second; 0 when not running
 * @property {number} seed
 * @property {Options} options
 * @property {DataSource | null} data    mnist only
 * @property {number} parameters         number of trained values
 * @property {string} architecture       as PyTorch prints the model, several lines
 */

/**
 * Sent a few times a second while training, and after every explicit step.
 * @typedef {object} Metrics
 * @property {number} firstStep          1-based number of the step that `losses[0]` belongs to
 * @property {Float32Array} losses       one for every step since the last message
 * @property {Segments | null} segments  sin-cos: the curves of the same steps
 * @property {State} state
 */

/**
 * The curves of consecutive segments, concatenated in order.
 * @typedef {object} Segments
 * @property {Uint32Array} lengths       points of each segment
 * @property {Float32Array} times        in radians
 * @property {Float32Array} inputs       sin
 * @property {Float32Array} targets      cos
 * @property {Float32Array} predictions
 * @property {Float32Array} hidden        points x hiddenSize: the hidden state after each point
 */

/**
 * @typedef {object} Evaluation
 * @property {number} step               after how many steps of training
 * @property {number} images             how many test images, the first n
 * @property {number} loss               mean cross-entropy
 * @property {Float32Array} losses       cross-entropy, one per image
 * @property {number} accuracy           0..1
 * @property {Uint32Array} confusion     100 counts, row = true digit, column = predicted
 * @property {Uint8Array} predictions    one per image
 * @property {Uint8Array} labels         one per image
 */

/**
 * @typedef {object} Prediction
 * @property {number} digit
 * @property {Float32Array} probabilities   10
 * @property {Float32Array} beliefs         28 x 10 row-major: the head applied after every row
 * @property {number} step                  after how many steps of training
 */

/**
 * What the network does while it reads one image, a row of every array for each of its 28 rows.
 * @typedef {object} Inspection
 * @property {Float32Array} beliefs      28 x 10 probabilities: the head applied after every row
 * @property {Float32Array} gates        28 x 4 x hiddenSize, activated, in the order i, f, g, o; empty for the RNN
 * @property {Float32Array} hidden       28 x hiddenSize
 * @property {Float32Array} cellState    28 x hiddenSize; empty for the RNN
 * @property {number} hiddenSize
 * @property {number} step               after how many steps of training
 */

/**
 * How much of the gradient reaches each row: the Euclidean norm, over the first 64 training images
 * (all of them where there are fewer) and the hidden units, of d loss / d h[t]. The loss is the one
 * that is trained, the mean cross-entropy after the last row. The derivative is total, through all
 * later rows, with the cell state c[t] held: what PyTorch's autograd gives for h[t] where the
 * sequence is unrolled cell by cell.
 * @typedef {object} RowGradients
 * @property {Float32Array} norms        28
 * @property {number} step               after how many steps of training
 */

/**
 * How much of the gradient reaches earlier time steps: the Euclidean norm of d loss / d h[t], the loss being
 * the latest segment's, for every point of the last four segments, were nothing detached.
 * @typedef {object} Reach
 * @property {Float32Array} norms        4 x timeStep
 * @property {number} step               after how many steps of training
 */

/**
 * What the output layer makes of hidden states, computed in a loop over them and as one product.
 * @typedef {object} Outputs
 * @property {Float32Array} looped       one per state
 * @property {Float32Array} reshaped     one per state
 * @property {Float32Array} weight       hiddenSize
 * @property {number} bias
 * @property {number} step               after how many steps of training
 */

/**
 * Hidden states in the plane in which they vary most (their first two principal components).
 * @typedef {object} Portrait
 * @property {Float32Array} points       states x 2, around their mean
 * @property {Float32Array} frame        2 x hiddenSize: what is right and what is up; given to the next portrait, that one is not turned against this one
 * @property {number} explained          the share of all variance that lies in the plane, 0..1
 */

/**
 * What came of runs side by side since the last time.
 * @typedef {object} Comparison
 * @property {number} id                 of the request that it belongs to
 * @property {number} first              the 1-based number of the step that the first of its losses belongs to
 * @property {number} step               steps that each run has done
 * @property {Array<{losses: Float32Array, norms: Float32Array | null}>} runs   each run's new losses; mnist: its `rowGradients` at that step
 */

/**
 * What the network makes of a sequence, from the zero state.
 * @typedef {object} Following
 * @property {Float32Array} predictions  one per input
 * @property {Float32Array} hidden       inputs x hiddenSize
 * @property {number} hiddenSize
 * @property {number} step               after how many steps of training
 */

/** @typedef {Prediction & {pixels: Uint8Array}} DrawingPrediction  pixels: the 784 it was fed */

/** @typedef {Array<Array<[number, number]>>} Strokes  each a list of [x, y] in any one scale, y down */

/** @typedef {{index: number, label: number, pixels: Uint8Array}} Digit */

/**
 * Everything that continues a run on another backend: safetensors with the weights, the optimiser's
 * moments and the carried state, and in its metadata the step, cursor, options and seed.
 * @typedef {Uint8Array} Checkpoint
 */

/**
 * A run to be continued by another worker: `waiting` are the unanswered `step` requests with the
 * steps that they still have to do.
 *
 * @typedef {{bytes: Checkpoint, state: State, waiting: Array<{id: number, steps: number}>}} Continuation
 */

/** What a probe found: whether the worker has WebGPU at all, and the adapter it gave. @typedef {{webgpu: boolean, adapter: Adapter | null}} Found */

/**
 * The commands and the value each is answered with.
 *
 * @typedef {object} Commands
 * @property {{params: {lesson: Lesson, asked: BackendChoice, found: Found | null}, value: Choice | null}} choose
 *   Before `open`: the backend this lesson should run on, and why (`src/device.rs`). null: probe first, then ask again.
 * @property {{params: {}, value: Found}} probe   answered by `main.js`: what WebGPU this worker has
 * @property {{params: {}, value: null}} ping   answered by `main.js`, whatever the core is doing
 * @property {{params: {backend: Backend, lesson: Lesson, seed: number, options: Partial<Options>, run: number}, value: State}} open
 *   Starts the module's device and a fresh session, whose first run has the number `run`.
 * @property {{params: {data: 'mnist' | 'synthetic'}, value: DataSource}} load
 *   mnist: finds, checks and keeps the digits. Sends `progress` events. Never fails for want of a
 *   network: ends on synthetic digits with `message` saying why.
 * @property {{params: {trainImages: Uint8Array, trainLabels: Uint8Array, testImages: Uint8Array, testLabels: Uint8Array, source?: 'beside' | 'mirror' | 'cache'}, value: DataSource}} loadFiles
 *   mnist: digits from the caller's own IDX files (gzip or plain). Fails with `data-*` faults and changes nothing.
 * @property {{params: {}, value: State}} play      answers at once; metrics follow. `nan-loss` where the run diverged
 * @property {{params: {}, value: State}} pause     answers when the step under way is done
 * @property {{params: {n: number}, value: State}} step   answers when the n steps are done; else `stopped`, `superseded`, `nan-loss`
 * @property {{params: {seed?: number}, value: State}} reset  begins again as this run began, or with the weights of a seed
 * @property {{params: {options: Partial<Options>}, value: State}} set
 * @property {{params: {}, value: State}} state
 * @property {{params: {n: number}, value: Evaluation}} evaluate   `superseded` where another run began before it was done
 * @property {{params: {pixels: Uint8Array | Float32Array}, value: Prediction}} predict
 * @property {{params: {pixels: Uint8Array | Float32Array}, value: Inspection}} inspect   mnist
 * @property {{params: {}, value: RowGradients}} rowGradients   mnist
 * @property {{params: {}, value: Uint16Array}} scanOrder   mnist: which pixel, row-major, is read at each of the 784 places
 * @property {{params: {variants: Array<Partial<Options>>, steps: number}, value: {step: number}}} compare
 *   Up to five runs side by side from the seed and the options of now except for each variant; answers when they are done; `superseded`
 *   by another comparison or other digits, `stopped` by `stopComparison`. Sends `comparison` events. The lesson's own run stays what it is.
 * @property {{params: {}, value: null}} stopComparison
 * @property {{params: {}, value: Reach}} gradientReach   sin-cos
 * @property {{params: {states: Float32Array}, value: Outputs}} outputLayer   sin-cos: states x hiddenSize
 * @property {{params: {states: Float32Array, hiddenSize: number, frame?: Float32Array}, value: Portrait}} portrait   1 to 2,000 states
 * @property {{params: {inputs: Float32Array}, value: Following}} follow   sin-cos: 1 to 2,000 finite inputs
 * @property {{params: {drawing: Strokes | {width: number, height: number, data: Uint8ClampedArray}}, value: DrawingPrediction}} classifyDrawing
 * @property {{params: {set: 'train' | 'test', index: number}, value: Digit}} digit
 * @property {{params: {}, value: Uint8Array}} saveWeights
 * @property {{params: {bytes: Uint8Array}, value: State}} loadWeights
 * @property {{params: {}, value: Continuation}} handOver
 *   Everything that continues this run elsewhere. The core stands still until `carryOn` or its end; `waiting` are not answered.
 * @property {{params: {}, value: State}} carryOn
 * @property {{params: {bytes: Checkpoint}, value: State}} resume
 *   Continues the run of a checkpoint, with the digits that this worker has. It does not play by itself.
 */

/**
 * @template {keyof Commands} K
 * @typedef {{id: number, command: K, params: Commands[K]['params']}} Request
 */

/** @typedef {{id: number, ok: true, value: unknown} | {id: number, ok: false, error: Fault}} Reply */

/**
 * @typedef {{event: 'loaded'}
 *   | {event: 'metrics', metrics: Metrics}
 *   | {event: 'evaluation', evaluation: Evaluation, state: State, asked: boolean, counts: boolean}
 *   | {event: 'comparison', comparison: Comparison}
 *   | {event: 'progress', what: string, loaded: number, total: number | null}
 *   | ({event: 'checkpoint'} & Continuation)
 *   | {event: 'stopped', state: State}
 *   | {event: 'fault', error: Fault, fatal: boolean}
 * } WorkerEvent
 *
 * - `loaded`: the worker's module runs.
 * - `evaluation`: `asked` where somebody asked; `counts` where the accuracy curve gets a point.
 * - `checkpoint`: every few seconds while training, and when training stops: what continues the run
 *   if the device is lost or the worker crashes.
 * - `stopped`: training stopped by itself: the run reached the end of its length.
 * - `fault`: something went wrong outside any request. `nan-loss` (detail.step): training stopped.
 *   fatal (`device-lost`, `crashed`, `start-failed`): this worker is of no further use.
 */

export {};
