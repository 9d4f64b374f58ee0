import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Exchange } from "../../flighttap/web/static/js/net/exchange.js";
import { FIELDS, flown, freshCallsign, read, readJson } from "../../flighttap/web/static/js/pure/flightform.js";
import { FakeSocket } from "./fakes.mjs";

const typed = (values) => new Map(Object.entries(values));

test("the form becomes an object of numbers and texts, empty fields left out", () => {
  const { object } = read(
    typed({ callsign: " KLM1 ", hex: "", altitude: "12000", speed: "250", heading: "90", lat: "52.3", lon: "-4.5" }),
  );
  assert.deepEqual(object, { callsign: "KLM1", altitude: 12000, speed: 250, heading: 90, lat: 52.3, lon: -4.5 });
});

test("every wrong field is named", () => {
  const { object, problems } = read(
    typed({
      callsign: "x".repeat(17),
      hex: "xyz",
      altitude: "high",
      heading: "361",
      lat: "91",
      lon: "181",
      speed: "-1",
    }),
  );
  assert.equal(object, null);
  assert.deepEqual(
    [...problems.keys()],
    FIELDS.map(({ name }) => name),
  );
});

test("without callsign and address nobody would know which flight it is", () => {
  assert.deepEqual([...read(typed({ altitude: "1" })).problems.keys()], ["callsign"]);
  assert.deepEqual(read(typed({ hex: "4ca7b5" })).object, { hex: "4ca7b5" });
});

test("JSON by hand is sent as it is typed, if it is an object", () => {
  assert.deepEqual(readJson(' {"a": 1}\n'), { text: '{"a": 1}', problem: "" });
  for (const bad of ["", "{", "[]", "null", '"x"', "3"]) assert.notEqual(readJson(bad).problem, "");
});

test("a flight flies along its heading", () => {
  /** @type {any} */
  const north = flown({ lat: 0, lon: 0, heading: 0, speed: 3600 }, 60);
  assert.ok(Math.abs(north.lat - 1) < 0.01);
  assert.equal(north.lon, 0);
  /** @type {any} */
  const over = flown({ lat: 10, lon: 179.9, heading: 90, speed: 3600 }, 60);
  assert.ok(over.lon < -178);
  assert.deepEqual(flown({ lat: 1 }, 60), { lat: 1 });
});

test("a fresh callsign is always FT and three digits", () => {
  assert.equal(
    freshCallsign(() => 0),
    "FT100",
  );
  assert.equal(
    freshCallsign(() => 0.9999),
    "FT999",
  );
});

let now, events, exchange;

beforeEach(() => {
  FakeSocket.reset();
  now = 0;
  events = [];
  exchange = new Exchange({
    url: "ws://here/",
    onState: (open, code) => events.push(["state", open, code]),
    onBack: (sent, frame, ms) => events.push(["back", sent, frame, ms]),
    onError: (sent, error) => events.push(["error", sent, error.code]),
    Socket: /** @type {any} */ (FakeSocket),
    now: () => now,
  });
});

test("it speaks as the simplest client: no subprotocol", () => {
  exchange.open();
  assert.equal(FakeSocket.last.protocol, undefined);
});

test("what comes back is matched with what was sent, among the flights of others", () => {
  exchange.open();
  FakeSocket.last.open();
  exchange.send('{"callsign": "KLM1"}');
  now = 12;
  FakeSocket.last.say('{"data":{"flight":"RYR2"}}');
  FakeSocket.last.say('{"data":{"callsign": "KLM1"}}');
  assert.deepEqual(events.at(-1), ["back", '{"callsign": "KLM1"}', '{"data":{"callsign": "KLM1"}}', 12]);
  FakeSocket.last.say('{"data":{"callsign": "KLM1"}}');
  assert.equal(events.filter(([kind]) => kind === "back").length, 1);
});

test("an error answers the oldest that is open", () => {
  exchange.open();
  FakeSocket.last.open();
  exchange.send('{"lat":1}');
  FakeSocket.last.say('{"error":{"code":"bad_field","message":"no"}}');
  assert.deepEqual(events.at(-1), ["error", '{"lat":1}', "bad_field"]);
});

test("a frame given before the socket is open goes when it is", () => {
  exchange.send('{"callsign":"A"}');
  assert.deepEqual(FakeSocket.last.sent, []);
  FakeSocket.last.open();
  assert.deepEqual(FakeSocket.last.sent, ['{"callsign":"A"}']);
});

test("after the server closed, the next send dials again", () => {
  exchange.open();
  FakeSocket.last.open();
  FakeSocket.last.fall(1001);
  assert.deepEqual(events.at(-1), ["state", false, 1001]);
  exchange.send('{"callsign":"A"}');
  FakeSocket.last.open();
  assert.deepEqual(FakeSocket.last.sent, ['{"callsign":"A"}']);
});

test("a socket that is not open yet is closed when it is, which no browser calls an error", () => {
  const exchange = new Exchange({
    url: "ws://h/",
    onState: () => {},
    onBack: () => {},
    onError: () => {},
    Socket: /** @type {any} */ (FakeSocket),
  });
  exchange.open();
  exchange.close();
  assert.equal(FakeSocket.last.closed, false);
  FakeSocket.last.open();
  assert.equal(FakeSocket.last.closed, true);
  assert.equal(exchange.isOpen, false);
});
