/** Addresses: which room a page is for, where its socket is. Pure. */

const ROOM = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,79}$/;

export function isRoom(name) {
  return ROOM.test(name);
}

/** The room named by a path such as /tracker/ams, or null on the landing page. */
export function roomOf(pathname) {
  const found = /^\/tracker\/([^/]+)\/?$/.exec(pathname);
  if (!found) return null;
  try {
    const name = decodeURIComponent(found[1]);
    return isRoom(name) ? name : null;
  } catch {
    return null;
  }
}

export function roomPath(room) {
  return `/tracker/${encodeURIComponent(room)}`;
}

/** The room's WebSocket, on the host and with the security of the page. */
export function socketUrl(location, room, query = "") {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${location.host}/ws/tracker/${encodeURIComponent(room)}/${query}`;
}

/** What is wrong with a room id, as a sentence; empty when it is fine. */
export function roomProblem(name) {
  if (name === "") return "Type a room id, for example ams.";
  if (isRoom(name)) return "";
  if (name.length > 80) return "A room id has at most 80 characters.";
  return "A room id has only letters, digits, _ and -, and does not start with -.";
}
