/**
 * The shape of a lesson as an article.
 *
 * What the articles ask of the figures, as `['figure', name, shown]`:
 *
 * - `unrolled` `{timeStep, unit}`: both from 1.
 * - `wave` `{}`: brought into view.
 * - `memory` `{view: 'portrait' | 'heatmap', path: 'live' | 'probe', pair}`: `live` are the states as
 *   training passed through them, `probe` those of the weights of this moment on two whole waves,
 *   after two more to settle; `pair` marks two points with the same sin.
 * - `state-modes` `{view: 'losses' | 'reach', modes}`: the loss curves of these modes from the seed
 *   and options of now, 100 segments each; or how far the gradient reaches under each.
 * - `free-run` `{frequency, amplitude, phase, noise, flatAfter, closedAfter}`: phase in radians; after `flatAfter`
 *   periods the input stays 0, after `closedAfter` the network feeds itself; both null: the wave goes on. The points
 *   are evenly spaced, pi/10 apart.
 * - `output-layer` `{form: 'loop' | 'reshape', timeStep}`: the time step that is followed, from 1.
 * - `belief-tape`, `gates` `{digit}`: the first test image of that digit.
 * - `belief-tape` `{row, erase}`: rows from 1; those of `erase` are made blank.
 * - `inside` `{digit, part, row, unit, hold}`: a part of the cell by its gate or state, row and unit from 1; `hold` is
 *   one of the cases in `figures/hold.js`, null: nothing is held.
 * - `gates` `{show: 'forget' | 'input' | 'cell' | 'output' | 'c' | 'h' | 'all', sort: 'none' | 'peak'}`
 * - `gradient-flow` `{steps, at}`: runs RNN and LSTM for so many steps; shows the gradient after step `at`.
 * - `mistakes` `{index}`: that test image on the pad and on the tape; null: the gallery.
 * - `scan-order` `{scan}`: what the network reads, in that order; `permuted` is one fixed order of
 *   all 784 pixels, 28 at a time.
 * - `code` `{language: 'pytorch' | 'burn'}`
 *
 * @module
 */

/**
 * A button: its label, and calls of `<unroll-lesson>`'s members or of the figure, in order, each
 * after the one before has resolved.
 *
 * `['watch', speed]` trains to the end of the epoch, so many steps a second, for people to see. `['trained']` brings the
 * weights back that came with the page.
 *
 * @typedef {{label: string, claim?: string, actions: Array<[member: string, ...args: unknown[]]>}} Try
 */

/**
 * `body`: paragraphs as HTML with only `<em>`, `<strong>`, `<code>`, `<a href>`. `needs`: another figure, without
 * which they make no sense.
 *
 * @typedef {{id: string, title: string, body: string[], figure?: string, needs?: string, caption?: string, tries: Try[]}} Section
 */

/** `closing`: what has been learnt, after the last section. @typedef {{sections: Section[], closing: string}} Article */

export {};
