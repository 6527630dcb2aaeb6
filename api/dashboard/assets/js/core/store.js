// What the whole page knows: who is asking, the clock, the connection, the vocabulary. Parts subscribe to what they show.

const values = new Map();
const listeners = new Map();

/** The value under a name, or undefined. */
export const get = (name) => values.get(name);

/** Put a value and tell everybody who watches the name. */
export function put(name, value) {
  values.set(name, value);
  for (const listener of [...(listeners.get(name) ?? [])]) listener(value);
}

/** Watch a name: called at once when there is a value, and after each change. Answers the function that ends it. */
export function watch(name, listener) {
  if (!listeners.has(name)) listeners.set(name, new Set());
  listeners.get(name).add(listener);
  if (values.has(name)) listener(values.get(name));
  return () => listeners.get(name).delete(listener);
}

/** Something the browser keeps between visits; answers the default where storage is closed to us. */
export function remembered(name, otherwise = null) {
  try {
    return localStorage.getItem(name) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** Keep something between visits, where that is possible. */
export function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    /* private windows may refuse; the page works all the same */
  }
}
