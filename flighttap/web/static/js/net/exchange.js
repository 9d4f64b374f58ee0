/**
 * The drawer's own socket: tutorial mode, no subprotocol, exactly what the simplest client does.
 *
 * It sends objects and tells which of the frames that come back is the answer to which, and how long
 * that took. No DOM; socket class and clock are arguments.
 */

const CONNECTING = 0;
const OPEN = 1;
const KEPT = 20; // questions without an answer yet

export class Exchange {
  /**
   * @param {object} options
   * @param {string} options.url ws: address of the room.
   * @param {(open: boolean, code: number) => void} options.onState
   * @param {(sent: string, frame: string, ms: number) => void} options.onBack the `{"data": …}` of what was sent.
   * @param {(sent: string|null, error: {code: string, message: string}, frame: string) => void} options.onError
   * @param {typeof WebSocket} [options.Socket]
   * @param {() => number} [options.now] milliseconds
   */
  constructor({ url, onState, onBack, onError, Socket = WebSocket, now = () => performance.now() }) {
    this._url = url;
    this._onState = onState;
    this._onBack = onBack;
    this._onError = onError;
    this._Socket = Socket;
    this._now = now;
    /** @type {WebSocket|null} */
    this._socket = null;
    this._asked = [];
    this._waiting = [];
  }

  /** Dial another address the next time. @param {string} url */
  use(url) {
    this._url = url;
  }

  get isOpen() {
    return this._socket?.readyState === OPEN;
  }

  open() {
    if (this._socket) return;
    const socket = new this._Socket(this._url);
    this._socket = socket;
    socket.onopen = () => {
      this._onState(true, 0);
      for (const text of this._waiting.splice(0)) this.send(text);
    };
    socket.onmessage = (event) => this._received(event.data);
    socket.onclose = (event) => {
      this._socket = null;
      this._asked = [];
      this._onState(false, event.code);
    };
  }

  close() {
    const socket = this._socket;
    if (!socket) return;
    this._socket = null;
    this._asked = [];
    this._waiting = [];
    socket.onopen = socket.onmessage = socket.onclose = null;
    // A browser calls it an error when a socket is closed before it is open.
    if (socket.readyState === CONNECTING) socket.onopen = () => socket.close();
    else socket.close();
  }

  /** Send one frame; when the socket is not open yet, as soon as it is. */
  send(text) {
    if (!this.isOpen) {
      this._waiting = [text];
      this.open();
      return;
    }
    this._asked.push({ text, meant: JSON.stringify(JSON.parse(text)), at: this._now() });
    if (this._asked.length > KEPT) this._asked.shift();
    this._socket?.send(text);
  }

  _received(frame) {
    if (!this._asked.length) return; // somebody else's flight
    const said = JSON.parse(frame);
    if (said.error) {
      this._onError(this._asked.shift()?.text ?? null, said.error, frame);
      return;
    }
    const back = JSON.stringify(said.data);
    const found = this._asked.findIndex((asked) => asked.meant === back);
    if (found < 0) return;
    const [asked] = this._asked.splice(0, found + 1).slice(-1);
    this._onBack(asked.text, frame, this._now() - asked.at);
  }
}
