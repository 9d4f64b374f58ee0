/** Questions to the API of this server. */

/** The JSON at a path of the API; null when there is no answer to be had. @param {string} path @returns {Promise<any>} */
export async function ask(path) {
  try {
    const answer = await fetch(path, { headers: { Accept: "application/json" } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** The bytes at a path of the API; null when there is no answer to be had. @param {string} path @returns {Promise<ArrayBuffer|null>} */
export async function fetchBytes(path) {
  try {
    const answer = await fetch(path);
    return answer.ok ? await answer.arrayBuffer() : null;
  } catch {
    return null;
  }
}
