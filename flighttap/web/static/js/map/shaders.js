/**
 * The programs of the aircraft layer.
 *
 * Places come as whole 1e-7 degrees and are taken relative to the middle of the map before anything is
 * rounded, so that an aircraft stands still to the centimetre at any zoom: float32 alone is 2.4 m. The
 * difference of two mercator ordinates is 2 artanh(sin((a-b)/2) / cos((a+b)/2)). Reckoning, easing and
 * their constants are those of reckon.js.
 */
import { ACROSS, GRID, REACH, SPAN } from "./icons.js";
import { ALARM, HEADED, HOLLOW, HOVERED, NOTCHED, NOWHERE, SELECTED, SHOWN, TRAILED } from "./instances.js";
import { EASE_S, FREEZE_S } from "./reckon.js";

/** Where attributes are bound. */
export const ATTRIBUTES = Object.freeze({ fix: 0, kept: 1, speed: 2, correction: 3, times: 4, turn: 5, look: 6 });

/** Seconds since the position at which an aircraft dims, dims more, and is gone. */
export const DIM_S = Object.freeze([5, 17, 40, 60]);

const float = (/** @type {number} */ value) => (Number.isInteger(value) ? `${value}.0` : String(value));
const NAMES = `
const uint HOLLOW = ${HOLLOW}u, NOTCHED = ${NOTCHED}u, ALARM = ${ALARM}u, SHOWN = ${SHOWN}u;
const uint SELECTED = ${SELECTED}u, HOVERED = ${HOVERED}u, TRAILED = ${TRAILED}u, HEADED = ${HEADED}u;
const float EASE = ${float(EASE_S)}, FREEZE = ${float(FREEZE_S)};`;

const PLACES = `#version 300 es
precision highp float;
precision highp int;
uniform mat4 uMatrix;       // world units from the middle of the map to clip space
uniform ivec2 uMiddle;      // lon and lat of the middle, 1e-7 degrees
uniform vec2 uMiddleTurn;   // cosine and sine of its latitude
uniform float uWorld;       // which copy of the world
uniform vec2 uViewport;     // device pixels
${NAMES}

float apart(int a, int b) { // degrees; exact where a and b are close
  return (float((a >> 8) - (b >> 8)) * 256. + float((a & 255) - (b & 255))) * 1e-7;
}

vec2 place(ivec2 at) { // world units from the middle
  float east = apart(at.x, uMiddle.x) / 360.;
  float h = radians(apart(at.y, uMiddle.y)) * .5;
  float q = h * h;
  bool near = q < .01;
  float s = near ? h * (1. - q / 6. * (1. - q / 20.)) : sin(h);
  float c = near ? 1. - q / 2. * (1. - q / 12.) : cos(h);
  float x = s / (uMiddleTurn.x * c - uMiddleTurn.y * s);
  float y = abs(x) < .1 ? x * (1. + x * x * (1. / 3. + x * x / 5.)) : .5 * log((1. + x) / (1. - x));
  return vec2(east - floor(east + .5), -y / 3.14159265);
}
`;

const MOTION = `
uniform float uNow;         // seconds since the epoch of the records
uniform vec2 uReckoned;     // whether positions are reckoned on, and corrections eased
in ivec2 aFix;
in ivec2 aKept;
in vec2 aSpeed;
in vec2 aCorrection;
in vec3 aTimes;
in float aTurn;
in uvec4 aLook;

vec2 flown() {
  float on = clamp(uNow - aTimes.x, 0., FREEZE) * uReckoned.x;
  float rest = 1. - clamp((uNow - aTimes.y) / EASE, 0., 1.);
  return aSpeed * on + aCorrection * (rest * rest * uReckoned.x * uReckoned.y);
}

float solid(float age) { // 1 fresh, 0 gone
  float seen = age > ${float(DIM_S[2])} ? .35 : age > ${float(DIM_S[1])} ? .6 : age > ${float(DIM_S[0])} && dot(aSpeed, aSpeed) > 0. ? .85 : 1.;
  return seen * (1. - clamp((age - ${float(DIM_S[3])}) / .4, 0., 1.));
}
`;

/** Aircraft: one square each, turned to its track; rings around the selected, the hovered and alarms. */
export const AIRCRAFT = {
  vertex: `${PLACES}${MOTION}
uniform float uSize;        // of the grid of an icon, device pixels
uniform float uPixel;       // device pixels of a CSS pixel
uniform float uOthers;      // opacity of those that are not selected
uniform bool uDots;
uniform sampler2D uColours;
uniform float uScales[16];
out vec2 vAt;               // device pixels from the middle, y down, before the turn
out vec2 vCell;             // units of the grid
flat out vec3 vColour;
flat out float vSolid;
flat out float vIcon;       // device pixels of the grid
flat out uint vBits;
flat out uint vShape;
flat out float vPulse;      // seconds since an alarm began

void main() {
  vBits = aLook.w;
  vShape = aLook.y;
  vSolid = solid(uNow - aTimes.x);
  bool special = (vBits & (ALARM | SELECTED | HOVERED)) != 0u;
  gl_Position = vec4(2., 2., 2., 1.);
  if ((vBits & SHOWN) == 0u || aFix.x == ${NOWHERE} || vSolid <= 0.) return;
  if (!special) vSolid *= uOthers;
  vColour = texelFetch(uColours, ivec2(int(aLook.x), 0), 0).rgb;
  vIcon = uSize * uScales[vShape];
  vPulse = uNow - aTimes.z;
  float reach = special ? vIcon * .5 + 14. * uPixel : uDots ? 7. * uPixel : vIcon * ${float(SPAN / GRID / 2)};
  vec2 corner = vec2(float(gl_VertexID & 1) * 2. - 1., float(gl_VertexID >> 1) * 2. - 1.);
  float turn = (vBits & HEADED) == 0u ? 0. : aTurn * 6.2831853;
  float s = sin(turn), c = cos(turn);
  vAt = corner * reach;
  vCell = vAt * (${float(GRID)} / vIcon) + ${float(SPAN / 2)};
  vec2 at = place(aFix) + flown();
  gl_Position = uMatrix * vec4(at.x + uWorld, at.y, 0., 1.);
  vec2 turned = vec2(vAt.x * c - vAt.y * s, vAt.x * s + vAt.y * c);
  gl_Position.xy += turned * vec2(2., -2.) / uViewport * gl_Position.w;
}`,
  fragment: `#version 300 es
precision highp float;
precision highp int;
${NAMES}
uniform sampler2D uIcons;
uniform float uPixel;
uniform bool uDots;
uniform vec3 uHalo;
uniform vec3 uRing;         // of the selected
uniform float uSteady;      // 1 where nothing may pulse
in vec2 vAt;
in vec2 vCell;
flat in vec3 vColour;
flat in float vSolid;
flat in float vIcon;
flat in uint vBits;
flat in uint vShape;
flat in float vPulse;
out vec4 oColour;

float cover(float inside) { return clamp(inside + .5, 0., 1.); } // device pixels from an edge
vec4 over(vec4 top, vec4 below) { return top + below * (1. - top.a); }
vec4 ring(float radius, float width, vec3 colour, float alpha) {
  float a = cover(width * .5 - abs(length(vAt) - radius)) * alpha;
  return vec4(colour * a, a);
}

void main() {
  bool special = (vBits & (ALARM | SELECTED | HOVERED)) != 0u;
  float inside;             // device pixels, positive within the silhouette
  if (uDots && !special) {
    float tick = min(.5 * uPixel - abs(vAt.x), min(-vAt.y, vAt.y + 6. * uPixel));
    inside = max(2. * uPixel - length(vAt), (vBits & HEADED) == 0u ? -9. : tick);
  } else {
    vec2 cell = clamp(vCell, .5, ${float(SPAN - 0.5)}) / ${float(SPAN)};
    vec2 from = vec2(float(vShape % ${ACROSS}u), float(vShape / ${ACROSS}u));
    float unit = vIcon / ${float(GRID)};
    inside = (texture(uIcons, (from + cell) / ${float(ACROSS)}).r * 2. - 1.) * ${float(REACH)} * unit;
    if (any(greaterThan(abs(vCell - ${float(SPAN / 2)}), vec2(${float(SPAN / 2)})))) inside = -99.;
    if ((vBits & NOTCHED) != 0u) {
      vec2 tail = vCell - vec2(${float(SPAN / 2)}, 22.5);
      inside = min(inside, (abs(tail.x) * .8 - tail.y * .6) * unit);
    }
  }
  bool hollow = (vBits & HOLLOW) != 0u;
  float outer = hollow ? inside + .8 * uPixel : inside; // a hollow outline is drawn around the edge, so that thin wings have an inside too
  float fill = cover(outer) * (hollow ? 1. - cover(inside - .7 * uPixel) : 1.);
  float edge = cover(outer + 1.25 * uPixel);
  vec4 icon = over(vec4(vColour * fill, fill), vec4(uHalo * edge, edge)) * vSolid;
  float around = max(vIcon * .5, 9. * uPixel) + 3. * uPixel;
  vec4 rings = vec4(0.);
  if ((vBits & ALARM) != 0u) {
    float pulse = uSteady > .5 || vPulse >= 3. || vPulse < 0. ? 1. : .25 + .75 * abs(cos(vPulse * 3.14159265));
    rings = over(ring(around, 2. * uPixel, vColour, pulse), ring(around + 4. * uPixel, 1.5 * uPixel, vColour, pulse * .8));
  }
  if ((vBits & SELECTED) != 0u) rings = over(ring(around + ((vBits & ALARM) != 0u ? 7.5 : 0.) * uPixel, 2. * uPixel, uRing, 1.), rings);
  else if ((vBits & HOVERED) != 0u) rings = over(ring(around, 1.5 * uPixel, uRing, .9), rings);
  oColour = over(icon, rings);
  if (oColour.a < .004) discard;
}`,
};

const LINE = `
uniform float uWidth;       // device pixels
uniform float uPixel;
out float vAcross;
out float vAlong;
flat out float vDashed;
out vec4 vColour;
vec4 onScreen(vec2 at) { return uMatrix * vec4(at.x + uWorld, at.y, 0., 1.); }
vec4 stroke(vec2 a, vec2 b) { // a corner of the line from a to b
  b.x -= floor(b.x - a.x + .5);
  vec4 p = onScreen(a), q = onScreen(b);
  vec2 way = (q.xy / q.w - p.xy / p.w) * uViewport * .5;
  float length_ = length(way);
  vec2 side = length_ > 0. ? vec2(-way.y, way.x) / length_ : vec2(0.);
  float end = float(gl_VertexID & 1);
  vAcross = (float(gl_VertexID >> 1) * 2. - 1.) * (uWidth * .5 + 1.);
  vAlong = end * length_;
  vec4 at = end < .5 ? p : q;
  at.xy += side * vAcross * 2. / uViewport * at.w;
  return at;
}
`;

const STROKE = `#version 300 es
precision highp float;
uniform float uWidth;
uniform float uPixel;
in float vAcross;
in float vAlong;
flat in float vDashed;
in vec4 vColour;
out vec4 oColour;
void main() {
  float a = clamp(uWidth * .5 + .5 - abs(vAcross), 0., 1.);
  if (vDashed > .5) a *= clamp(2. * uPixel - abs(mod(vAlong, 7. * uPixel) - 3.5 * uPixel) + .5, 0., 1.);
  oColour = vColour * a;
}`;

/** Legs between the points of trails (trailmesh.js). */
export const LEGS = {
  vertex: `${PLACES}${LINE}
uniform float uAlpha;
uniform float uSince;       // 0.1 s: legs that ended before are not drawn
uniform sampler2D uColours;
in ivec4 aFix;
in int aKept;
in uvec4 aLook;
void main() {
  float end = float(gl_VertexID & 1);
  vDashed = float(aLook.z);
  vec3 colour = texelFetch(uColours, ivec2(int(end < .5 ? aLook.x : aLook.y), 0), 0).rgb;
  float alpha = uAlpha * (aLook.z == 0u ? 1. : .6);
  vColour = vec4(colour * alpha, alpha);
  gl_Position = float(aKept) < uSince ? vec4(2., 2., 2., 1.) : stroke(place(aFix.xy), place(aFix.zw));
}`,
  fragment: STROKE,
};

/** The last leg of each trail: from the last point kept to where the aircraft is drawn. */
export const HEADS = {
  vertex: `${PLACES}${MOTION}${LINE}
uniform float uAlpha;
uniform uint uOnly;         // bits that an aircraft must have
uniform uint uNever;        // and must not have
uniform sampler2D uColours;
void main() {
  vDashed = 0.;
  float alpha = uAlpha * solid(uNow - aTimes.x);
  vColour = vec4(texelFetch(uColours, ivec2(int(aLook.x), 0), 0).rgb * alpha, alpha);
  bool drawn = (aLook.w & uOnly) == uOnly && (aLook.w & uNever) == 0u && aFix.x != ${NOWHERE} && alpha > 0.;
  gl_Position = drawn ? stroke(place(aKept), place(aFix) + flown()) : vec4(2., 2., 2., 1.);
}`,
  fragment: STROKE,
};
