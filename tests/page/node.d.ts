// What the tests take from Node. Its own types would let the page's modules use Node too, and no browser has that.
declare module "node:assert/strict";
declare module "node:fs";
declare module "node:test";
declare module "node:url";
declare function setImmediate(call: (value?: unknown) => void): void;
