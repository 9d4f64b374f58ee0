import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Replica } from "../../flighttap/web/static/js/codec/replica.js";
import { ask, showToken } from "../../flighttap/web/static/js/net/api.js";
import { mayOpen } from "../../flighttap/web/static/js/net/closecodes.js";
import { Connection } from "../../flighttap/web/static/js/net/connection.js";
import { Fleet } from "../../flighttap/web/static/js/state/fleet.js";
import { Pass } from "../../flighttap/web/static/js/state/pass.js";
import { FakeSocket, FakeTimers } from "./fakes.mjs";

/** What a tab keeps. */
class Kept extends Map {
  getItem(name) {
    return this.get(name) ?? null;
  }
  setItem(name, value) {
    this.set(name, value);
  }
  removeItem(name) {
    this.delete(name);
  }
}

/** @param {string} hash */
function arrived(hash, kept = new Kept()) {
  const addresses = [];
  const pass = new Pass("club", kept);
  pass.arrive(
    { hash, pathname: "/tracker/club", search: "?q=alt" },
    { state: null, replaceState: (_state, _unused, url) => addresses.push(url) },
  );
  return { pass, addresses, kept };
}

test("an invitation's token is taken out of the address and kept for the tab", () => {
  const { pass, addresses, kept } = arrived("#token=a.b-c_d.e");
  assert.equal(pass.token, "a.b-c_d.e");
  assert.deepEqual(addresses, ["/tracker/club?q=alt"]);
  assert.equal(new Pass("club", kept).token, "a.b-c_d.e");
  assert.equal(new Pass("other", kept).token, null);
});

test("an address without one is left alone", () => {
  for (const hash of ["", "#", "#token=", "#other"]) {
    const { pass, addresses } = arrived(hash);
    assert.deepEqual([pass.token, addresses], [null, []]);
  }
});

test("what cannot be a token leaves the address and is not used", () => {
  for (const hash of ["#token=%E0%A4%A", "#token=a%20b", "#token=%0d%0a"]) {
    const { pass, addresses } = arrived(hash);
    assert.deepEqual([pass.token, addresses.length], [null, 1]);
  }
});

test("a token can be typed, or a whole invitation pasted; a browser that keeps nothing still uses it", () => {
  const full = { getItem: () => null, removeItem: () => {}, setItem: () => assert.fail("quota") };
  for (const storage of [new Kept(), null, full]) {
    const pass = new Pass("club", storage);
    assert.equal(pass.take(" ft_roof_x \n"), true);
    assert.equal(pass.token, "ft_roof_x");
    assert.equal(pass.take("https://hub.example/tracker/club#token=a.b.c"), true);
    assert.equal(pass.token, "a.b.c");
    assert.equal(pass.take("two words"), false);
    assert.equal(pass.token, "a.b.c");
  }
});

let token, connection, states;

beforeEach(() => {
  FakeSocket.reset();
  token = null;
  states = [];
  connection = new Connection({
    url: "ws://here/ws/tracker/club/",
    replica: new Replica(new Fleet()),
    watch: {},
    onState: (state) => states.push(state),
    token: () => token,
    Socket: /** @type {any} */ (FakeSocket),
    timers: new FakeTimers(),
  });
});

const wanted = { t: "error", code: "unauthorized", message: "This room needs a token." };

test("the token is the first thing that is said, on every connection", () => {
  token = "a.b.c";
  connection.open();
  assert.deepEqual(FakeSocket.last.said, []);
  FakeSocket.last.open();
  assert.deepEqual(FakeSocket.last.said, [{ op: "auth", id: "auth", token: "a.b.c" }]);
  FakeSocket.last.say(wanted);
  assert.equal(connection.state.phase, "connecting", "it was asked for before it arrived");
  token = "d.e.f";
  connection.open();
  FakeSocket.last.open();
  assert.equal(FakeSocket.last.said[0].token, "d.e.f");
});

test("without one nothing is said, and being asked for it is a refusal that a token may lift", () => {
  connection.open();
  FakeSocket.last.open();
  assert.deepEqual(FakeSocket.last.said, []);
  FakeSocket.last.say(wanted);
  const { phase, why, code } = connection.state;
  assert.deepEqual([phase, why], ["refused", "this room needs a token"]);
  assert.ok(mayOpen(code));
  assert.ok(FakeSocket.last.closed);
});

test("an error of that kind after hello refuses nothing", () => {
  connection.open();
  FakeSocket.last.open();
  FakeSocket.last.say({ t: "hello", v: 1, session: "s", id: "c", epoch: "e", heartbeat: 15, now: 1 });
  FakeSocket.last.say(wanted);
  assert.notEqual(connection.state.phase, "refused");
});

test("a token lifts what is about tokens and nothing else", () => {
  assert.deepEqual([4500, 4501, 4502, 4503, 4504, 4505, 4506, undefined].map(mayOpen), [
    true,
    false,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});

test("questions to the API show the token in a header, never in the address", async (context) => {
  const asked = [];
  context.mock.method(globalThis, "fetch", async (url, options) => {
    asked.push([url, options.headers.Authorization]);
    return { ok: true, json: async () => ({}) };
  });
  showToken(() => token);
  await ask("/api/v1/rooms");
  token = "a.b.c";
  await ask("/api/v1/rooms");
  assert.deepEqual(asked, [
    ["/api/v1/rooms", undefined],
    ["/api/v1/rooms", "Bearer a.b.c"],
  ]);
});
