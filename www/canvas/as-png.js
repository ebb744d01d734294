/**
 * A figure as a PNG: its canvases where they stand, with the words and keys that belong to them, its title and a credit.
 * What can be pressed is left out, and what stands below it moves up.
 *
 * @module
 */

import { make } from '../lesson/dom.js';
import { copyOf } from './canvas.js';
import { seenBox, pixelShare } from './seen.js';
import { CREDIT, EDGE, FAMILY, TITLE, linesOf, scaled } from './caption.js';

/** @import {Caption} from './caption.js' */
/** @import {Theme} from './theme.js' */

/** Pixels of the picture to one of the window's. */
const DENSITY = 2;
/** Where nothing is drawn, at most so much room is left. */
const GAP = 14;
/** Words so near to the canvases belong to them. */
const NEAR = 48;
/** A title needs some room. */
const NARROWEST = 360;

/** Whose pixels are data. */
const DATA = '.digit, .heatmap';
/** What is said of canvases, where it stands near them. */
const SAID = '.key, .bars, h4, .caption, figcaption';
/** What is nothing but its colour. */
const MARKS = '.swatch, .ramp, .track, .fill, .was, .mark-row, .mark-unit';
/** Controls, what is said of them, and what is there for the pointer alone. */
const LEFT_OUT =
  'h3, button, select, input, label, summary, details, .scrub, .knobs, .figure-bar, .u-wrap, .live';

/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */
/** Something to draw, where it stands in the window. @typedef {Box & {draw: (pen: CanvasRenderingContext2D) => void}} Item */

/**
 * @param {Element} figure
 * @param {Caption & {theme: Theme}} how
 * @returns {Promise<Blob | null>} null where nothing is to be seen
 */
export async function asPng(figure, { title, credit, theme }) {
  const canvases = [...figure.querySelectorAll('canvas')].filter(
    // A map of one cell has nothing to show.
    (one) => isSeen(one) && one.width * one.height > 1,
  );
  if (canvases.length === 0) return null;
  const core = union(canvases.map((one) => boxOf(one, theme)));
  const said = [...figure.querySelectorAll(SAID)]
    .map((one) => boxOf(one, theme))
    .filter((box) => isNear(box, core));
  const frame = union([core, ...said]);
  const pictures = await Promise.all(canvases.map((one) => pictureOf(one, theme)));
  const items = [
    ...pictures,
    ...[...figure.querySelectorAll(MARKS)].filter(isSeen).map((one) => markOf(one, theme)),
    ...wordsOf(figure, theme),
  ].filter((item) => isWithin(item, frame));
  const up = closer(items, frame);

  const element = make('canvas');
  const pen = /** @type {CanvasRenderingContext2D} */ (element.getContext('2d'));
  const inner = Math.max(NARROWEST, frame.right - frame.left);
  const [large, small] = [scaled(TITLE, theme.zoom), scaled(CREDIT, theme.zoom)];
  const above = linesOf(pen, title, large, inner);
  const below = linesOf(pen, credit, small, inner);
  const top = EDGE + above.height + GAP / 2;
  const bottom = top + (frame.bottom - frame.top) - up(frame.bottom) + GAP;
  const [width, height] = [inner + 2 * EDGE, bottom + below.height + EDGE];
  element.width = Math.round(DENSITY * width);
  element.height = Math.round(DENSITY * height);
  pen.scale(DENSITY, DENSITY);
  pen.fillStyle = theme.colours.paper;
  pen.fillRect(0, 0, width, height);
  for (const [block, style, colour, y] of /** @type {const} */ ([
    [above, large, theme.colours.ink, EDGE],
    [below, small, theme.colours.faint, bottom],
  ])) {
    pen.font = `${style.weight} ${style.size}px ${FAMILY}`;
    pen.fillStyle = colour;
    for (const { words, baseline } of block.lines) pen.fillText(words, EDGE, y + baseline);
  }
  for (const item of items) {
    pen.save();
    pen.translate(EDGE - frame.left, top - frame.top - up(item.top));
    item.draw(pen);
    pen.restore();
  }
  return new Promise((resolve, reject) =>
    element.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png'),
  );
}

/** @param {Element} element @param {Theme} theme @returns {Box} */
function boxOf(element, { zoom }) {
  const { left, top, right, bottom } = seenBox(/** @type {HTMLElement} */ (element), zoom);
  return { left, top, right, bottom };
}

/** @param {Element} element */
function isSeen(element) {
  const { width, height } = element.getBoundingClientRect();
  return width > 0 && height > 0 && getComputedStyle(element).visibility === 'visible';
}

/** @param {Box[]} boxes @returns {Box} */
function union(boxes) {
  return {
    left: Math.min(...boxes.map(({ left }) => left)),
    top: Math.min(...boxes.map(({ top }) => top)),
    right: Math.max(...boxes.map(({ right }) => right)),
    bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
  };
}

/** Beside the canvases there are answers to what was pressed. @param {Box} box @param {Box} core */
function isNear({ left, top, right, bottom }, core) {
  const isSome = right > left && bottom > top;
  return isSome && left < core.right && bottom > core.top - NEAR && top < core.bottom + NEAR;
}

/** @param {Box} item @param {Box} frame */
function isWithin({ left, top, right, bottom }, frame) {
  return (
    left >= frame.left - 1 &&
    right <= frame.right + 1 &&
    top >= frame.top - 1 &&
    bottom <= frame.bottom + 1
  );
}

/** How far up what stands at a place moves, because what was above it is left out. @param {Item[]} items @param {Box} frame */
function closer(items, frame) {
  /** @type {Array<{from: number, by: number}>} */
  const gaps = [];
  let end = frame.top;
  for (const { top, bottom } of items.toSorted((a, b) => a.top - b.top)) {
    if (top > end + GAP) gaps.push({ from: top, by: top - end - GAP });
    end = Math.max(end, bottom);
  }
  return (/** @type {number} */ y) =>
    gaps.reduce((sum, { from, by }) => sum + (y >= from ? by : 0), 0);
}

/** @param {HTMLCanvasElement} element @param {Theme} theme @returns {Promise<Item>} */
async function pictureOf(element, theme) {
  const copy = await copyOf(element, DENSITY * theme.zoom);
  const { backgroundColor, borderTopWidth, borderTopColor } = getComputedStyle(element);
  const border = Number.parseFloat(borderTopWidth) * theme.zoom;
  const box = boxOf(element, theme);
  return {
    ...box,
    draw(pen) {
      const [width, height] = [box.right - box.left, box.bottom - box.top];
      pen.fillStyle = backgroundColor;
      pen.fillRect(box.left, box.top, width, height);
      pen.imageSmoothingEnabled = !element.matches(DATA);
      const [left, top] = [box.left + border, box.top + border];
      pen.drawImage(copy, left, top, width - 2 * border, height - 2 * border);
      if (border === 0) return;
      pen.lineWidth = border;
      pen.strokeStyle = borderTopColor;
      pen.strokeRect(box.left + border / 2, box.top + border / 2, width - border, height - border);
    },
  };
}

/** @param {Element} element @param {Theme} theme @returns {Item} */
function markOf(element, theme) {
  const style = getComputedStyle(element);
  const box = boxOf(element, theme);
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const colours = style.backgroundImage.match(/(?:rgba?|color|oklab|oklch)\([^)]*\)/g) ?? [];
  const lines = [style.outlineWidth, style.borderTopWidth].map((one) => Number.parseFloat(one));
  const [outline = 0, border = 0] = [style.outlineStyle === 'none' ? 0 : lines[0], lines[1]];
  return {
    ...box,
    draw(pen) {
      pen.globalAlpha = Number(style.opacity);
      pen.fillStyle = style.backgroundColor;
      pen.fillRect(box.left, box.top, width, height);
      if (style.backgroundImage.startsWith('linear')) {
        const ramp = pen.createLinearGradient(box.left, 0, box.right, 0);
        colours.forEach((colour, k) => {
          ramp.addColorStop(k / (colours.length - 1), colour);
        });
        pen.fillStyle = ramp;
        pen.fillRect(box.left, box.top, width, height);
      } else if (style.backgroundImage.startsWith('repeating')) {
        // A dash and a gap, as long as the stylesheet says.
        const places = [...style.backgroundImage.matchAll(/([\d.]+)px/g)].map(([, px]) =>
          Number(px),
        );
        const [on, period] = [Math.min(...places.filter(Boolean)), Math.max(...places)];
        pen.strokeStyle = colours[0] ?? style.color;
        pen.lineWidth = height;
        pen.setLineDash([on, period - on].map((length) => length * theme.zoom));
        pen.beginPath();
        pen.moveTo(box.left, box.top + height / 2);
        pen.lineTo(box.right, box.top + height / 2);
        pen.stroke();
      }
      if (!(outline > 0 || border > 0)) return;
      pen.setLineDash([]);
      pen.lineWidth = (outline || border) * theme.zoom;
      pen.strokeStyle = outline ? style.outlineColor : style.borderTopColor;
      pen.strokeRect(box.left, box.top, width, height);
    },
  };
}

/** What is written in a figure, line by line. @param {Element} figure @param {Theme} theme @returns {Item[]} */
function wordsOf(figure, theme) {
  const walker = document.createTreeWalker(figure, NodeFilter.SHOW_TEXT);
  /** @type {Item[]} */
  const items = [];
  while (walker.nextNode()) {
    const node = /** @type {Text} */ (walker.currentNode);
    const parent = node.parentElement;
    if (!node.data.trim() || !parent || parent.closest(LEFT_OUT) || !isSeen(parent)) continue;
    const { fontSize, fontWeight, fontFamily, color } = getComputedStyle(parent);
    const font = `${fontWeight} ${Number.parseFloat(fontSize) * theme.zoom}px ${fontFamily}`;
    const share = pixelShare(parent, theme.zoom);
    for (const line of linesIn(node, share))
      items.push({
        ...line,
        draw(pen) {
          pen.font = font;
          pen.fillStyle = color;
          const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = pen.measureText('x');
          pen.fillText(line.words, line.left, (line.top + line.bottom + up - down) / 2);
        },
      });
  }
  return items;
}

/** @param {Text} node @param {number} share  of the window's pixels in one of its box's */
function linesIn(node, share) {
  const range = document.createRange();
  /** @type {Array<Box & {words: string}>} */
  const lines = [];
  for (let k = 0; k < node.length; k += 1) {
    range.setStart(node, k);
    range.setEnd(node, k + 1);
    const box = range.getBoundingClientRect();
    const [left, top, right, bottom] = [
      share * box.left,
      share * box.top,
      share * box.right,
      share * box.bottom,
    ];
    if (right === left) continue;
    const line = lines.at(-1);
    if (line && Math.abs(line.top - top) < 2) {
      line.words += node.data[k];
      line.right = right;
    } else {
      lines.push({ words: node.data[k] ?? '', left, top, right, bottom });
    }
  }
  return lines;
}
