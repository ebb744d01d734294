/**
 * Making elements, in one line each.
 *
 * @module
 */

import { allNames, partNames } from '../figures/names.js';

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [properties] attributes; `on*` are listeners
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined)
      element.setAttribute(name, name === 'part' ? partNames(String(value)) : String(value));
  }
  element.append(...children);
  return element;
}

/** Sets an element's text, if it is another one: a text that is set anew loses its selection. @param {Node} element @param {string} words */
export function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/**
 * A section of the lesson with a heading; `name` is what `hide` calls it, and the slot for what a page
 * has to say about it.
 *
 * @param {string} name
 * @param {string} title
 * @param {...(Node | string)} children
 */
export function section(name, title, ...children) {
  return plainSection(name, make('h3', {}, title), ...children);
}

/**
 * A section whose heading is among its children.
 *
 * @param {string} name
 * @param {...(Node | string)} children
 */
export function plainSection(name, ...children) {
  const slots = allNames(name).map((slot) => make('slot', { name: slot }));
  const words = make('div', { class: 'words', onslotchange: look }, ...slots);
  const caption = make('slot', { name: `${name}-caption` });
  const figure = make('div', { class: 'figure' }, ...children, caption);
  const element = make('section', { 'data-group': name, part: name }, figure, words);
  function look() {
    const told = slots.some((slot) => slot.assignedNodes({ flatten: true }).length > 0);
    element.classList.toggle('worded', told);
  }
  return element;
}
