import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Replica } from "../../flighttap/web/static/js/codec/replica.js";
import { pause } from "../../flighttap/web/static/js/net/backoff.js";
import { Connection } from "../../flighttap/web/static/js/net/connection.js";
import { Fleet } from "../../flighttap/web/static/js/state/fleet.js";
import { FakeSocket, FakeTimers } from "./fakes.mjs";

const hello = { t: "hello", v: 1, session: "s1", id: "c1", epoch: "e1", heartbeat: 15, now: 1000 };
const snapshot = {
  t: "snapshot",
  epoch: "e1",
  seq: 10,
  eseq: 2,
  part: 1,
  parts: 1,
  covers: [-180, -90, 180, 90],
  now: 1000,
  aircraft: [{ hex: "4ca7b5" }],
};
/** @type {import("../../flighttap/web/static/js/net/connection.js").Watch} */
const watch = { hz: 10, events: true, presence: "count" };

let timers, replica, states, applied, others, connection;

beforeEach(() => {
  FakeSocket.reset();
  timers = new FakeTimers();
  replica = new Replica(new Fleet());
  replica.fleet.onApplied((done) => applied.push(done));
  states = [];
  applied = [];
  others = [];
  connection = new Connection({
    url: "ws://here/ws/tracker/ams/",
    replica,
    watch,
    onState: (state) => states.push(state),
    onMessage: (message) => others.push(message),
    Socket: /** @type {any} */ (FakeSocket),
    timers,
    random: () => 0.5,
  });
});

function live() {
  connection.open();
  FakeSocket.last.say(hello);
  FakeSocket.last.say(snapshot);
}

const phase = () => connection.state.phase;

test("it asks for the subprotocol, says watch after hello, and is live with the snapshot", () => {
  connection.open();
  assert.equal(FakeSocket.last.protocol, "flighttap.v1.bin");
  assert.equal(phase(), "connecting");
  FakeSocket.last.say(hello);
  assert.deepEqual(FakeSocket.last.said, [{ op: "watch", ...watch }, { op: "ping" }]);
  assert.equal(phase(), "connecting");
  FakeSocket.last.say(snapshot);
  assert.equal(phase(), "live");
  assert.equal(applied.length, 1);
});

test("a lost connection is redialled after a pause with jitter, and resumed exactly", () => {
  live();
  FakeSocket.last.say({ t: "update", base: 10, seq: 14, now: 1001, aircraft: [{ hex: "4ca7b5", gs: 400 }] });
  FakeSocket.last.fall(1006);
  assert.equal(phase(), "waiting");
  assert.equal(connection.state.retryAt, 500);
  timers.advance(499);
  assert.equal(FakeSocket.made.length, 1);
  timers.advance(1);
  assert.equal(FakeSocket.made.length, 2);
  FakeSocket.last.say({ ...hello, session: "s2" });
  assert.deepEqual(FakeSocket.last.said, [
    {
      op: "resume",
      id: "resume",
      session: "s1",
      epoch: "e1",
      seq: 14,
      eseq: 2,
      covers: [-180, -90, 180, 90],
      ...watch,
    },
    { op: "ping" },
  ]);
  FakeSocket.last.say({ t: "update", base: 14, seq: 20, recovered: true, now: 1003 });
  assert.equal(phase(), "live");
});

test("who was away too long goes on as who the server says, not as who it was", () => {
  live();
  for (const [now, told] of [
    ["s1", "s2"],
    ["s2", "s2"],
  ]) {
    FakeSocket.last.fall(1006);
    timers.advance(1000);
    FakeSocket.last.say({ ...hello, session: "s2" });
    assert.equal(FakeSocket.last.said[0].session, now);
    FakeSocket.last.say({ t: "ok", id: "resume", hz: 10, session: told, as: "c2" });
    FakeSocket.last.say({ t: "update", base: 10, seq: 10, recovered: true, now: 1003 });
  }
});

test("pauses grow with failures and are never longer than half a minute", () => {
  const longest = [0, 1, 2, 3, 4, 5, 9].map((failures) => pause(failures, () => 1));
  assert.deepEqual(longest, [1000, 2000, 4000, 8000, 16000, 30000, 30000]);
  assert.equal(
    pause(9, () => 0),
    0,
  );
});

test("a connection that lasted makes the next pause short again, one that did not does not", () => {
  connection.open();
  for (const most of [1000, 2000, 4000]) {
    FakeSocket.last.fall(1006);
    assert.equal(connection.state.retryAt - timers.now(), most / 2);
    timers.advance(most / 2);
  }
  FakeSocket.last.say(hello);
  FakeSocket.last.say(snapshot);
  for (let second = 0; second < 11; second += 1) {
    timers.advance(1000);
    FakeSocket.last.say({ t: "heartbeat", seq: 10, eseq: 2, now: 1001 + second });
  }
  FakeSocket.last.fall(1001);
  assert.equal(connection.state.retryAt - timers.now(), 500);
});

test("codes from 4500 are final and say why; the lower 4000s come back", () => {
  live();
  FakeSocket.last.fall(4504);
  assert.equal(phase(), "refused");
  assert.match(connection.state.why, /full/);
  timers.advance(120000);
  assert.equal(FakeSocket.made.length, 1);
  connection.retry();
  assert.equal(FakeSocket.made.length, 2);
  FakeSocket.last.fall(4002);
  assert.equal(phase(), "waiting");
});

test("an unknown final code is refused with its number", () => {
  connection.open();
  FakeSocket.last.fall(4777);
  assert.equal(phase(), "refused");
  assert.match(connection.state.why, /4777/);
});

test("a gap asks to resume on the same socket, once", () => {
  live();
  FakeSocket.last.say({ t: "update", base: 12, seq: 13, now: 1001 });
  FakeSocket.last.say({ t: "update", base: 13, seq: 14, now: 1001 });
  assert.deepEqual(
    FakeSocket.last.said.map(({ op }) => op),
    ["watch", "ping", "resume"],
  );
  assert.equal(FakeSocket.last.said[2].seq, 10);
  FakeSocket.last.say({ t: "update", base: 10, seq: 14, now: 1001 });
  FakeSocket.last.say({ t: "update", base: 20, seq: 21, now: 1001 });
  assert.deepEqual(
    FakeSocket.last.said.map(({ op }) => op),
    ["watch", "ping", "resume", "resume"],
  );
});

test("a message that makes no sense starts afresh on a new connection", () => {
  live();
  FakeSocket.last.say({ t: "update", base: 10, seq: 11, now: 1001, aircraft: [{ hex: "ffffff" }] });
  assert.equal(phase(), "waiting");
  timers.advance(1000);
  FakeSocket.last.say(hello);
  assert.equal(FakeSocket.last.said[0].op, "watch");
});

test("silence is asked about after five seconds of it, and then believed", () => {
  live();
  timers.advance(1000);
  FakeSocket.last.say({ t: "presence", pseq: 1, count: 1 });
  timers.advance(4999);
  assert.equal(FakeSocket.last.said.length, 2);
  timers.advance(1);
  assert.deepEqual(FakeSocket.last.said.slice(2), [{ op: "ping" }]);
  FakeSocket.last.say({ t: "pong", now: 1005 });
  timers.advance(14000);
  assert.equal(phase(), "live");
  timers.advance(1000);
  assert.equal(phase(), "waiting");
  assert.match(connection.state.why, /silent/);
  assert.equal(FakeSocket.made[0].closed, true);
});

test("a dial that gets no answer is given up and tried again", () => {
  connection.open();
  timers.advance(10000);
  assert.equal(phase(), "waiting");
});

test("a drain is told at once, and the return is spread as the server asks", () => {
  live();
  FakeSocket.last.say({ t: "drain", after_ms: 10000, spread_ms: 60000 });
  assert.equal(connection.state.draining, true);
  assert.equal(phase(), "live");
  timers.advance(2000);
  FakeSocket.last.fall(4000);
  assert.equal(connection.state.retryAt - timers.now(), 38000);
});

test("a retry does not wait", () => {
  live();
  FakeSocket.last.fall(1006);
  connection.retry();
  assert.equal(FakeSocket.made.length, 2);
  timers.advance(5000);
  assert.equal(FakeSocket.made.length, 2);
});

test("another rate or map is asked for on the same socket, once", () => {
  live();
  connection.watch({ hz: 1 });
  connection.watch({ hz: 1 });
  connection.watch({ bbox: [1, 2, 3, 4] });
  assert.deepEqual(FakeSocket.last.said.slice(2), [
    { op: "watch", ...watch, hz: 1 },
    { op: "watch", ...watch, hz: 1, bbox: [1, 2, 3, 4] },
  ]);
});

test("detail is asked for where the server has it, and is no word to a server that has not", () => {
  live();
  connection.watch({ detail: ["4ca7b5"] });
  assert.equal(FakeSocket.last.said.length, 2);
  FakeSocket.last.fall(1006);
  timers.advance(1000);
  FakeSocket.last.say({ ...hello, features: ["watch", "detail"] });
  assert.deepEqual(FakeSocket.last.said[0].detail, ["4ca7b5"]);
  FakeSocket.last.say({ t: "update", base: 10, seq: 10, now: 1001 });
  connection.watch({ detail: Array.from({ length: 20 }, (_, index) => `id:${index}`) });
  assert.equal(FakeSocket.last.said.at(-1).detail.length, 16);
});

test("a binary message is applied like any other", () => {
  live();
  const data = new DataView(new ArrayBuffer(60));
  data.setUint8(0, 1);
  data.setUint8(1, 1);
  data.setUint32(4, 1, true);
  data.setBigUint64(8, 10n, true);
  data.setBigUint64(16, 12n, true);
  data.setFloat64(24, 1002, true);
  data.setUint32(40, (32 << 24) | 0x4ca7b5, true);
  data.setUint16(54, 4472, true);
  FakeSocket.last.onmessage({ data: data.buffer });
  assert.equal(replica.fleet.row(0).gs, 447.2);
  assert.equal(replica.seq, 12);
});

test("the server's clock is known from the first message, and better with the answer to a ping", () => {
  connection.open();
  timers.advance(400);
  FakeSocket.last.say(hello);
  assert.equal(connection.clock.now(), 1000);
  timers.advance(100);
  FakeSocket.last.say({ t: "pong", now: 1000.18 });
  assert.ok(Math.abs(connection.clock.now() - 1000.23) < 0.001);
  assert.ok(connection.clock.uncertainty < 0.051);
});

test("what an old socket still says is not heard", () => {
  live();
  const [old] = FakeSocket.made;
  old.fall(1006);
  timers.advance(1000);
  old.say(snapshot);
  old.fall(4504);
  assert.equal(phase(), "connecting");
});

test("other messages are handed on", () => {
  live();
  FakeSocket.last.say({ t: "presence", pseq: 1, count: 3 });
  assert.deepEqual(others.at(-1), { t: "presence", pseq: 1, count: 3 });
});
