/**
 * Copies what the page serves of other people's libraries out of node_modules, unchanged: `npm install --no-save && npm run vendor`.
 *
 * Each library goes to static/vendor/<name>-<version>/ with its licences and those of the packages built into it.
 * static/vendor/manifest.json says where every file came from (the package's integrity, as package-lock.json has it)
 * and its SHA-256, so that a test can tell, with nothing installed, that nobody changed a byte.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const MODULES = `${HERE}node_modules/`;
const TO = `${HERE}flighttap/web/static/vendor/`;

/** What is served of each library, and the name under which the type checker finds the types of its modules. */
const LIBRARIES = [
  {
    name: "maplibre-gl",
    files: ["dist/maplibre-gl.mjs", "dist/maplibre-gl-worker.mjs", "dist/maplibre-gl.css"],
    types: "maplibre-gl.d.mts",
  },
  { name: "pmtiles", files: ["dist/pmtiles.js"] },
];

const lock = JSON.parse(readFileSync(`${HERE}package-lock.json`, "utf8")).packages;
const sha256 = (body) => createHash("sha256").update(body).digest("hex");
const about = (name) => JSON.parse(readFileSync(`${MODULES}${name}/package.json`, "utf8"));

/** A package and all that it needs at run time, itself first, the others by name. */
function family(name) {
  const found = new Set([name]);
  for (const each of found) for (const next of Object.keys(about(each).dependencies ?? {})) found.add(next);
  return [name, ...[...found].slice(1).sort()].filter((each) => !each.startsWith("@types/"));
}

function licence(name) {
  const { version, license } = about(name);
  const file = readdirSync(MODULES + name).find((each) => /^licen[cs]e/i.test(each));
  const kept = `${HERE}scripts/licenses/${name}.txt`; // from the project itself, where its package lacks it
  const path = file ? `${MODULES}${name}/${file}` : kept;
  const text = existsSync(path) ? readFileSync(path, "utf8") : "Its package holds no further text.\n";
  return `${"=".repeat(100)}\n${name} ${version} (${license})\n\n${text.replaceAll("\r", "").trim()}\n`;
}

const manifest = {};
rmSync(TO, { recursive: true, force: true });
for (const { name, files, types } of LIBRARIES) {
  const { version, license } = about(name);
  const folder = `${name}-${version}`;
  const contents = new Map(files.map((file) => [file.split("/").at(-1), readFileSync(`${MODULES}${name}/${file}`)]));
  contents.set("LICENSES.txt", Buffer.from(family(name).map(licence).join("\n")));
  if (types) contents.set(types, Buffer.from(`export * from "${name}";\n`));
  mkdirSync(TO + folder, { recursive: true });
  for (const [file, body] of contents) writeFileSync(`${TO}${folder}/${file}`, body);
  manifest[folder] = {
    package: name,
    version,
    license,
    integrity: lock[`node_modules/${name}`].integrity,
    files: Object.fromEntries([...contents].map(([file, body]) => [file, sha256(body)]).sort()),
  };
}
writeFileSync(`${TO}manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);
