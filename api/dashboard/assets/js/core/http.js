// Calls the REST API. Errors are problem documents (RFC 9457); 401 asks for a key; no answer means the connection is lost.

import { put } from "./store.js";

const PATIENCE_MS = 15_000;

/** What the server, or the way to it, said no with. */
export class Problem extends Error {
  constructor(status, title, detail, errors = []) {
    super(detail || title);
    this.status = status;
    this.title = title;
    this.errors = errors;
  }

  /** Everything that was wrong, in sentences. */
  get lines() {
    const lines = this.errors.map((error) => {
      const where = error.path ? `${error.path}: ` : "";
      const allowed = error.allowed ? `; allowed: ${error.allowed}` : "";
      return `${where}${error.found ?? error.detail ?? "not valid"}${allowed}${error.hint ? ` (${error.hint})` : ""}`;
    });
    return lines.length ? lines : [this.message];
  }
}

/** GET, with the answer as an object. */
export const fetchJson = (path, options) => call("GET", path, undefined, options);

/** Send one request; writes carry a fresh idempotency key. Raises `Problem`. */
export async function call(method, path, body, { quiet = false } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method === "POST" && !path.startsWith("/v1/session")) headers["Idempotency-Key"] = token();
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch (error) {
    put("reachable", false);
    throw new Problem(
      0,
      "No answer",
      `The server did not answer (${error.name === "TimeoutError" ? "too late" : "no connection"}).`,
    );
  }
  put("reachable", true);
  if (response.status === 401 && !quiet) put("signedIn", false);
  if (!response.ok) throw await problemOf(response);
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

/** Every item of a list, page after page, up to a limit. */
export async function all(path, limit = 2_000) {
  const found = [];
  let cursor = null;
  do {
    const page = await fetchJson(
      `${path}${path.includes("?") ? "&" : "?"}limit=500${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
    );
    found.push(...page.items);
    cursor = page.next;
  } while (cursor && found.length < limit);
  return found;
}

/** A device's own address in the API. */
export const deviceUrl = (id, rest = "") => `/v1/devices/${encodeURIComponent(id)}${rest}`;

async function problemOf(response) {
  try {
    const told = await response.json();
    return new Problem(response.status, told.title ?? response.statusText, told.detail, told.errors ?? []);
  } catch {
    return new Problem(response.status, response.statusText || "Error", `The server answered ${response.status}.`);
  }
}

// crypto.randomUUID is missing where the page comes over plain HTTP from another machine
function token() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
