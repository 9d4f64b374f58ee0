/** The way to the operator's API: the token that this tab was given, and what the server says to it. */

const BASE = "/api/v1/admin";
const KEPT = "flighttap.operator";

/** The server does not let this page in. */
export class Refused extends Error {}

/** The token of this tab; empty without one. */
function token() {
  try {
    return sessionStorage.getItem(KEPT) ?? "";
  } catch {
    return "";
  }
}

/** Keep a token until the tab is closed. @param {string} said */
export function keep(said) {
  try {
    sessionStorage.setItem(KEPT, said);
  } catch {
    // it is asked for again
  }
}

/**
 * Ask, or with something to say, act.
 *
 * @param {string} path below `/api/v1/admin`
 * @param {object} [said] what is posted
 * @returns {Promise<any>}
 * @throws {Refused} this page may not; another error: there was no good answer
 */
export async function ask(path, said) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  const known = token();
  if (known) headers.Authorization = `Bearer ${known}`;
  if (said) headers["Content-Type"] = "application/json";
  const answer = await fetch(BASE + path, {
    method: said ? "POST" : "GET",
    headers,
    body: said ? JSON.stringify(said) : undefined,
  });
  const body = await answer.json();
  if (answer.status === 401 || answer.status === 403) throw new Refused(body.error.message);
  if (!answer.ok) throw new Error(body.error.message);
  return body;
}
