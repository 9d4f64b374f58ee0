/** The room: who is here, whose view is shared, where flights have been, and which notice stands over the map. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { noticeOf } from "../../flighttap/web/static/js/pure/noticing.js";
import { Fleet } from "../../flighttap/web/static/js/state/fleet.js";
import { Past } from "../../flighttap/web/static/js/state/past.js";
import { People } from "../../flighttap/web/static/js/state/people.js";
import { SharedViews } from "../../flighttap/web/static/js/state/sharedview.js";
import { Trails } from "../../flighttap/web/static/js/state/trails.js";
import { View } from "../../flighttap/web/static/js/state/view.js";
import { activityPoints } from "../../flighttap/web/static/js/ui/roomlist.js";
import { scaleOf } from "../../flighttap/web/static/js/ui/scale.js";

const LIVE = { phase: "live" };
/** @type {any} */
const CALM = { state: LIVE, known: true, listed: 5, shown: 5, filters: false, before: true, feeds: [] };

test("the list of members follows the server's, and a gap asks for it anew", () => {
  const people = new People();
  assert.equal(people.take({ t: "presence", pseq: 1, count: 2 }), false);
  assert.deepEqual([people.count, people.members], [2, null]);
  people.take({ pseq: 9, count: 2, members: [{ id: "c7" }, { id: "c2", name: "Eva" }] });
  assert.deepEqual([...people.names], [["c2", "Eva"]]);
  people.take({ base: 9, pseq: 12, count: 2, joined: [{ id: "c9", name: "Ana" }], left: ["c2"] });
  assert.deepEqual(
    [...people.members],
    [
      ["c7", ""],
      ["c9", "Ana"],
    ],
  );
  assert.equal(people.take({ base: 11, pseq: 13, count: 2, joined: [{ id: "c7", name: "Bo" }] }), false);
  assert.equal(people.names.get("c7"), "Bo");
  assert.equal(people.take({ base: 20, pseq: 21, count: 3, joined: [{ id: "c1" }] }), true);
  assert.equal(people.take({ pseq: 22, count: 300 }), false);
  assert.deepEqual([people.count, people.members, people.names.size], [300, null, 0]);
  people.forget();
  assert.equal(people.count, null);
});

test("a view is shared only by who asks for it, and not more often than every two seconds", () => {
  const view = new View({ query: "klm" });
  const sent = [];
  const shared = new SharedViews(
    view,
    (event) => sent.push(event),
    () => {},
  );
  shared.tick(0);
  assert.deepEqual(sent, []);
  shared.share(true);
  shared.tick(10000);
  shared.tick(13000);
  view.set({ query: "dlh" });
  shared.tick(11000);
  shared.tick(13000);
  shared.tick(34000);
  shared.share(false);
  shared.tick(60000);
  assert.deepEqual(sent, [{ view: "?q=klm" }, { view: "?q=dlh" }, { view: "?q=dlh" }, { view: null }]);
});

test("somebody's view is followed until it ends, and cannot change habits", () => {
  const view = new View({ low: 500 });
  const gone = [];
  const shared = new SharedViews(
    view,
    () => {},
    (camera) => gone.push(camera),
  );
  assert.equal(shared.take("c2", { text: "hello" }, 0), false);
  assert.equal(shared.take("c2", { view: "?q=klm&units=metric&theme=dark&lat=52&lon=4&zoom=8" }, 0), true);
  assert.deepEqual([...shared.sharers(0)], ["c2"]);
  assert.equal(view.state.query, "");
  shared.follow("c2");
  assert.deepEqual(
    [view.state.query, view.state.low, view.state.units, view.state.theme],
    ["klm", null, "aviation", "auto"],
  );
  assert.deepEqual(gone, [{ lat: 52, lon: 4, zoom: 8 }]);
  shared.take("c2", { view: "?icao=4ca7b5" }, 1000);
  assert.deepEqual([view.state.selected, view.state.query], [["4ca7b5"], ""]);
  for (const nonsense of [7, {}, "x".repeat(3000)]) assert.equal(shared.take("c2", { view: nonsense }, 2000), true);
  assert.equal(shared.followed, null);
  assert.deepEqual([...shared.sharers(2000)], []);
  shared.take("c3", { view: "" }, 0);
  assert.deepEqual([...shared.sharers(70000)], [], "forgotten after a while");
});

test("trails are asked for once a minute, and heights are read out of them", async () => {
  const fleet = new Fleet();
  const trails = new Trails(fleet);
  fleet.onApplied((applied) => trails.follow(applied));
  fleet.put("4ca7b5", { lat: 52, lon: 4, alt_baro: 10000 }, 1000);
  fleet.commit();
  fleet.merge("4ca7b5", { lat: 52.1, alt_baro: 11000 }, 1010);
  fleet.commit();
  const asked = [];
  const past = new Past("ams", {
    trails,
    fleet,
    ask: async () => null,
    fetchBytes: async (path) => {
      asked.push(path);
      return null;
    },
    onTrails: () => {},
  });
  await past.area(null, 0);
  await past.area(null, 30000);
  await past.area([3.1, 50.7, 7.2, 53.7], 30000);
  await past.area(null, 61000);
  await past.flight("flight:A B", 61000);
  assert.deepEqual(asked, [
    "/api/v1/rooms/ams/trails",
    "/api/v1/rooms/ams/trails?bbox=3.10,50.70,7.20,53.70",
    "/api/v1/rooms/ams/trails",
    "/api/v1/rooms/ams/trails/flight%3AA%20B",
  ]);
  const { t, alt } = past.heights("4ca7b5");
  assert.deepEqual(
    [[...t], [...alt]],
    [
      [1000, 1010, 1010],
      [10000, 11000, 11000],
    ],
  );
  assert.equal(past.heights("484506"), null);
});

test("how far the receiver hears is a ring of corners, or not known", async () => {
  const of = (said) => new Past("ams", /** @type {any} */ ({ ask: async () => said })).reach();
  assert.deepEqual(await of({ farthest: [[52, 4, 30000, 88], null, [51, 5, 100, 20]] }), [
    [4, 52],
    [5, 51],
  ]);
  assert.equal(await of(null), null);
});

test("one notice at most stands over the map, and the right one", () => {
  const kind = (/** @type {any} */ more) => noticeOf({ ...CALM, ...more }).kind;
  assert.equal(kind({}), "none");
  assert.equal(kind({ known: false }), "connecting");
  assert.equal(kind({ known: false, state: { phase: "waiting" } }), "offline");
  assert.equal(kind({ state: { phase: "refused", why: "full" } }), "refused");
  assert.equal(kind({ listed: 0, shown: 0 }), "empty");
  assert.equal(kind({ listed: 0, shown: 0, feeds: null }), "connecting");
  assert.equal(kind({ listed: 0, shown: 0, feeds: [{ name: "roof", state: "down" }] }), "waiting");
  assert.equal(kind({ listed: 0, shown: 0, state: { phase: "waiting" } }), "none");
  assert.equal(kind({ shown: 0, filters: true }), "filtered");
  assert.equal(kind({ shown: 0 }), "none");
  assert.equal(kind({ measured: "12 nm" }), "measure");
  assert.equal(kind({ followed: "Ana" }), "together");
  assert.equal(kind({ followed: "Ana", shown: 0, filters: true }), "filtered");
  assert.deepEqual(noticeOf({ ...CALM, shown: 0, filters: true }).more, { total: 5 });
});

test("the scale is the longest round distance that fits", () => {
  const { width, text } = scaleOf(1852 / 10, "aviation");
  assert.deepEqual([Math.round(width), text], [100, "10 nm"]);
  assert.equal(scaleOf(1852 / 10, "metric").text, "20 km");
  assert.equal(scaleOf(5, "metric").text, "0.5 km");
  for (const metres of [0.5, 3, 77, 1234, 60000]) {
    const wide = scaleOf(metres, "imperial").width;
    assert.ok(wide > 20 && wide <= 110, `${wide}`);
  }
});

test("the activity line ends at the right and stays within its box", () => {
  const points = (samples) =>
    activityPoints(samples)
      .split(" ")
      .map((point) => point.split(",").map(Number));
  assert.deepEqual(points([0]), [
    [0, 22],
    [64, 22],
  ]);
  for (const [x, y] of points(Array.from({ length: 32 }, (_, at) => at * 10)))
    assert.ok(x >= 0 && x <= 64 && y >= 2 && y <= 22);
});
