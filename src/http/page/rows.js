// Keeps a list of elements in step with a list of values: elements are made once per key, changed in place and moved only
// when the order changed, so that focus, selection and scroll position survive every update.

/**
 * @template Value
 * @typedef {object} RowKind
 * @property {(value: Value) => string} keyOf
 * @property {(value: Value) => { element: Element, parts: Record<string, Element> }} create
 * @property {(parts: Record<string, Element>, value: Value, element: Element) => void} update
 */

/** @template Value */
export class Rows {
  #parent;
  #kind;
  /** @type {Map<string, { element: Element, parts: Record<string, Element> }>} */
  #byKey = new Map();

  /** @param {Element} parent @param {RowKind<Value>} kind */
  constructor(parent, kind) {
    this.#parent = parent;
    this.#kind = kind;
  }

  /** @param {readonly Value[]} values in the order to show */
  show(values) {
    const kept = new Set();
    let next = this.#parent.firstElementChild;
    for (const value of values) {
      const key = this.#kind.keyOf(value);
      kept.add(key);
      let row = this.#byKey.get(key);
      if (row === undefined) {
        row = this.#kind.create(value);
        this.#byKey.set(key, row);
      }
      this.#kind.update(row.parts, value, row.element);
      if (row.element === next) next = next.nextElementSibling;
      else this.#parent.insertBefore(row.element, next);
    }
    for (const [key, { element }] of this.#byKey) {
      if (kept.has(key)) continue;
      element.remove();
      this.#byKey.delete(key);
    }
  }
}

/** Changes the page only where the text differs: an equal write would still cost layout. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setData(element, name, value) {
  if (element.dataset[name] !== value) element.dataset[name] = value;
}

/** <tag class="..."> with children, texts or elements. */
export function make(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  made.append(...children);
  return made;
}
