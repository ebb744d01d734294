/**
 * The page's words in its two languages. Every text is here and nowhere else.
 *
 * @module
 */

import { en } from './en.js';
import { zh } from './zh.js';

/** @typedef {'en' | 'zh'} Language */
/** @typedef {keyof typeof en} TextKey */
/** @typedef {(key: TextKey, values?: Record<string, string | number>) => string} Texts */

/** @type {Record<Language, Record<TextKey, string>>} */
const languages = { en, zh };

/**
 * @param {string | null | undefined} asked a language tag, perhaps none or unknown
 * @returns {Language}
 */
export function languageOf(asked) {
  return asked?.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/**
 * Texts of one language, with `{name}` replaced by the value of that name.
 *
 * @param {Language} language
 * @returns {Texts}
 */
export function textsOf(language) {
  const texts = languages[language];
  return (key, values = {}) =>
    texts[key].replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** By which of its bounds a value that does not fit is told of. */
const BOUNDS = ['choices', 'least', 'above'];

/**
 * A fault in the reader's language; English, as the core wrote it, where there is no translation. An option has the
 * name that stands beside its field.
 *
 * @param {Language} language
 * @param {{code: string, message: string, detail?: Record<string, string>}} fault
 */
export function faultText(language, fault) {
  const texts = /** @type {Record<string, string>} */ (languages[language]);
  const { code, message, detail = {} } = fault;
  const { name = '' } = detail;
  const label = code === 'option-value' ? (texts[name] ?? name) : name;
  if (language === 'en')
    return label && message.startsWith(name) ? label + message.slice(name.length) : message;
  const bound = BOUNDS.find((one) => one in detail);
  const keys = [`fault-${code}-${bound}`, `fault-${code}`];
  const key = /** @type {TextKey | undefined} */ (keys.find((one) => one in texts));
  if (!key) return message;
  const or = detail.or ? (texts[`fault-or-${detail.or}`] ?? '') : '';
  return textsOf(language)(key, { ...detail, name: label, or });
}

/**
 * The reason for a backend in the reader's language.
 *
 * @param {Language} language
 * @param {import('../worker/protocol.js').Choice} choice
 */
export function reasonText(language, choice) {
  if (language === 'en') return choice.message;
  const place = choice.backend === 'webgpu' ? 'webgpu' : 'cpu';
  const key = /** @type {TextKey} */ (`reason-${place}-${choice.reason}`);
  const adapter = choice.adapter?.name ?? '';
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const { cpu, webgpu } = choice.measured ?? { cpu: NaN, webgpu: NaN };
  const values = { adapter, cpu: number.format(cpu), webgpu: number.format(webgpu) };
  return key in languages[language] ? textsOf(language)(key, values) : choice.message;
}
