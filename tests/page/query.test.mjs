import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { parse, QueryError } from "../../flighttap/web/static/js/pure/query.js";

const vectors = JSON.parse(readFileSync(new URL("../data/query_vectors.json", import.meta.url), "utf8"));

test("filters of the vectors read, look and pick as the server's do", () => {
  const good = vectors.filter(({ error }) => error === null);
  assert.ok(good.length > 150);
  for (const { query, normal, fields, cases } of good) {
    const filter = parse(query);
    assert.equal(filter.normal, normal);
    assert.equal(String(parse(normal)), normal);
    if (fields) assert.deepEqual([...filter.fields].sort(), fields, query);
    for (const { record, match } of cases) {
      assert.equal(filter.matches(record), match, `${query} on ${JSON.stringify(record)}`);
      assert.equal(parse(normal).matches(record), match, `${normal} on ${JSON.stringify(record)}`);
    }
  }
});

test("wrong filters of the vectors are refused at the same place in the same words", () => {
  const wrong = vectors.filter(({ error }) => error !== null);
  assert.ok(wrong.length > 70);
  for (const { query, error } of wrong) {
    assert.throws(
      () => parse(query),
      (problem) => {
        assert.ok(problem instanceof QueryError, String(problem));
        assert.deepEqual({ at: problem.at, message: problem.message, expected: problem.expected }, error, query);
        return true;
      },
    );
  }
});

test("a pattern with many stars does not take long", () => {
  const filter = parse(`desc=${"*a".repeat(200)}*b`);
  const began = performance.now();
  for (let round = 0; round < 100; round += 1) assert.equal(filter.matches({ desc: "a".repeat(64) }), false);
  assert.ok(performance.now() - began < 500);
});

test("records without a prototype, and with strange names, are looked at safely", () => {
  const record = Object.assign(Object.create(null), { hex: "4ca7b5", ["__proto__"]: 1, gs: 5 });
  assert.equal(parse("gs=5").matches(record), true);
  assert.throws(() => parse("__proto__=1"), QueryError);
  assert.throws(() => parse("constructor=1"), QueryError);
});
