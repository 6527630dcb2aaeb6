// Makes elements: h("button.primary", {onclick: go, disabled: false}, "Go"). Text is always text, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element with classes, attributes (`on...` are listeners; false, null and undefined leave one out) and children. */
export function h(spec, attributes = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes ?? {})) set(element, name, value);
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Set one attribute, property or listener. */
export function set(element, name, value) {
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "value" || name === "checked" || name === "disabled" || name === "hidden") element[name] = value;
  else if (value === false || value === null || value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** One of the drawings in icons.svg; decoration only, so hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/assets/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** Change text only when it differs: an unchanged node costs no layout and is not read out again. */
export function say(element, text) {
  const words = String(text);
  if (element.textContent !== words) element.textContent = words;
}

/**
 * Keep the children of a container in step with a list, reusing the element of each key, so that focus, selection and
 * scroll stay where they are.
 */
export function keyed(container, items, key, make, update = () => {}) {
  const known = container.keyedChildren ?? (container.keyedChildren = new Map());
  const wanted = new Set(items.map(key));
  for (const [name, element] of known) {
    if (!wanted.has(name)) {
      element.remove();
      known.delete(name);
    }
  }
  let before = container.firstElementChild;
  for (const item of items) {
    const name = key(item);
    let element = known.get(name);
    if (!element) {
      element = make(item);
      known.set(name, element);
    }
    update(element, item);
    if (element === before) before = before.nextElementSibling;
    else container.insertBefore(element, before);
  }
}

/** Ids that are unique on the page, for labels and descriptions. */
let made = 0;
export const unique = (stem) => `${stem}-${(made += 1)}`;

/** The value of a colour or size named in the stylesheets. */
export const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Whether the person asked for less motion. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
