/** Stand-ins for what the page's modules are given: a socket and a clock that the test moves. */

export class FakeSocket {
  static made = [];

  /** @type {any} */
  onopen;
  /** @type {any} */
  onmessage;
  /** @type {any} */
  onclose;

  static reset() {
    FakeSocket.made = [];
  }

  static get last() {
    return FakeSocket.made.at(-1);
  }

  constructor(url, protocol) {
    this.url = url;
    this.protocol = protocol;
    this.readyState = 0;
    this.sent = [];
    this.closed = false;
    FakeSocket.made.push(this);
  }

  open() {
    this.readyState = 1;
    this.onopen?.();
  }

  send(text) {
    this.sent.push(text);
  }

  /** Hand the page a message. */
  say(message) {
    this.readyState = 1;
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }

  /** The other side closes. */
  fall(code) {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  close() {
    this.closed = true;
    this.readyState = 3;
  }

  get said() {
    return this.sent.map((text) => JSON.parse(text));
  }
}

export class FakeTimers {
  constructor() {
    this.time = 0;
    this.planned = new Map();
    this.number = 0;
  }

  now() {
    return this.time;
  }

  set(call, ms) {
    this.number += 1;
    this.planned.set(this.number, { at: this.time + ms, call });
    return this.number;
  }

  clear(number) {
    this.planned.delete(number);
  }

  advance(ms) {
    const end = this.time + ms;
    for (;;) {
      const due = [...this.planned]
        .filter(([, { at }]) => at <= end)
        .sort((a, b) => a[1].at - b[1].at || a[0] - b[0])[0];
      if (!due) break;
      this.planned.delete(due[0]);
      this.time = Math.max(this.time, due[1].at);
      due[1].call();
    }
    this.time = end;
  }
}
