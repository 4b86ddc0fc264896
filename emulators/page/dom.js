// Building and updating elements. Data only ever becomes text or an attribute, never markup.

const svg = "http://www.w3.org/2000/svg";

// $ finds the element of the static page with an id.
export const $ = (id) => document.getElementById(id);

// el makes an element. A function is a listener for the event of that name, true and
// false switch an attribute, undefined leaves it out; children are elements or text.
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else setAttribute(element, name, value);
  }
  element.append(...children);
  return element;
}

// setAttribute sets an attribute, or removes it when the value is false or undefined.
export function setAttribute(element, name, value) {
  if (value === false || value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : value);
}

// setText changes a text only if it differs, so that nothing is announced anew.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// icon is one of the drawings at the top of index.html.
export function icon(name) {
  const drawing = document.createElementNS(svg, "svg");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(svg, "use");
  use.setAttribute("href", `#icon-${name}`);
  drawing.append(use);
  return drawing;
}

// KeyedList keeps a parent's children in step with rows: {key, …}. A row that stays
// keeps its element, and with it focus, scroll position and what a screen reader said.
export class KeyedList {
  #parent;
  #create;
  #update;
  #shown = new Map(); // key -> {element, drawn: the row as last drawn}

  // create(row) makes an element; update(element, row) draws a row in it.
  constructor(parent, create, update) {
    this.#parent = parent;
    this.#create = create;
    this.#update = update;
  }

  render(rows) {
    const focused = document.activeElement;
    const keys = new Set(rows.map((row) => row.key));
    for (const [key, { element }] of this.#shown) {
      if (keys.has(key)) continue;
      element.remove();
      this.#shown.delete(key);
    }
    let next = this.#parent.firstChild;
    for (const row of rows) {
      const element = this.#draw(row);
      if (element === next) next = next.nextSibling;
      else this.#parent.insertBefore(element, next);
    }
    // An element that moves loses the focus.
    if (focused !== document.activeElement && this.#parent.contains(focused)) focused.focus({ preventScroll: true });
  }

  #draw(row) {
    const entry = this.#shown.get(row.key) ?? { element: this.#create(row) };
    const drawn = JSON.stringify(row);
    if (entry.drawn !== drawn) {
      this.#update(entry.element, row);
      entry.drawn = drawn;
    }
    this.#shown.set(row.key, entry);
    return entry.element;
  }
}
