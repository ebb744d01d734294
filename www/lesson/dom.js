/**
 * Making elements, in one line each.
 *
 * @module
 */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [properties] attributes; `on*` are listeners, `part` also the class
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/**
 * A section of the lesson with a heading; `name` is what `hide` calls it, and the slot for what a page
 * has to say of it.
 *
 * @param {string} name
 * @param {string} title
 * @param {...(Node | string)} children
 */
export function section(name, title, ...children) {
  return make(
    'section',
    { 'data-group': name, part: name },
    make('h3', {}, title),
    ...children,
    make('slot', { name }),
  );
}
