/** Small helpers around WebGL2: a program with its uniforms, a buffer that grows, a texture. */

/** Whether this browser can draw the map. */
export function hasWebGL2() {
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext(); // a browser has few of them
  return context !== null;
}

/** One linked program and where its uniforms are. */
export class Program {
  /**
   * @param {WebGL2RenderingContext} gl
   * @param {{vertex: string, fragment: string}} source
   * @param {Readonly<Record<string, number>>} attributes name without the leading `a`, in small letters, to location
   */
  constructor(gl, { vertex, fragment }, attributes) {
    const program = /** @type {WebGLProgram} */ (gl.createProgram());
    for (const [kind, text] of /** @type {const} */ ([
      [gl.VERTEX_SHADER, vertex],
      [gl.FRAGMENT_SHADER, fragment],
    ])) {
      const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
      gl.deleteShader(shader);
    }
    for (const [name, location] of Object.entries(attributes)) {
      gl.bindAttribLocation(program, location, `a${name[0].toUpperCase()}${name.slice(1)}`);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      const said = (gl.getAttachedShaders(program) ?? []).map((shader) => gl.getShaderInfoLog(shader));
      throw new Error(`The graphics driver refused a program: ${[...said, gl.getProgramInfoLog(program)].join(" ")}`);
    }
    this._gl = gl;
    this.program = program;
    /** @type {Map<string, WebGLUniformLocation|null>} */
    this._where = new Map();
  }

  use() {
    this._gl.useProgram(this.program);
  }

  delete() {
    this._gl.deleteProgram(this.program);
  }

  /** Where a uniform is; null where the program does not use it, which WebGL passes over. @param {string} name */
  at(name) {
    let where = this._where.get(name);
    if (where === undefined) {
      where = this._gl.getUniformLocation(this.program, name);
      this._where.set(name, where);
    }
    return where;
  }
}

/**
 * A vertex array whose attributes are all per instance.
 *
 * @typedef {object} Part
 * @property {number} location
 * @property {number} size how many values
 * @property {number} type of a value
 * @property {number} offset bytes from the start of a record
 * @property {"whole"|"float"|"unit"} as whole numbers, floats, or whole numbers as 0 to 1
 */

/** Records on the GPU, uploaded in ranges. */
export class Records {
  /** @param {WebGL2RenderingContext} gl @param {number} stride bytes of a record @param {Part[]} parts */
  constructor(gl, stride, parts) {
    this._gl = gl;
    this._stride = stride;
    this._size = 0;
    this.count = 0;
    this._buffer = gl.createBuffer();
    this._array = gl.createVertexArray();
    gl.bindVertexArray(this._array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this._buffer);
    for (const { location, size, type, offset, as } of parts) {
      gl.enableVertexAttribArray(location);
      if (as === "whole") gl.vertexAttribIPointer(location, size, type, stride, offset);
      else gl.vertexAttribPointer(location, size, type, as === "unit", stride, offset);
      gl.vertexAttribDivisor(location, 1);
    }
    gl.bindVertexArray(null);
  }

  /** Take all of them anew. @param {Uint8Array} bytes */
  set(bytes) {
    const gl = this._gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, this._buffer);
    if (bytes.length > this._size) {
      this._size = Math.max(bytes.length, this._size * 2);
      gl.bufferData(gl.ARRAY_BUFFER, this._size, gl.DYNAMIC_DRAW);
    }
    gl.bufferSubData(gl.ARRAY_BUFFER, 0, bytes);
    this.count = bytes.length / this._stride;
  }

  /** Take some of them anew: from one record up to another. @param {Uint8Array} bytes of all @param {number} from @param {number} to */
  patch(bytes, from, to) {
    const gl = this._gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, this._buffer);
    gl.bufferSubData(gl.ARRAY_BUFFER, from * this._stride, bytes, from * this._stride, (to - from) * this._stride);
  }

  /** Whether so many records fit without a new buffer. @param {number} count */
  holds(count) {
    return count * this._stride <= this._size;
  }

  delete() {
    this._gl.deleteBuffer(this._buffer);
    this._gl.deleteVertexArray(this._array);
  }

  /** Draw a square of four corners for each. */
  draw() {
    if (this.count === 0) return;
    this._gl.bindVertexArray(this._array);
    this._gl.drawArraysInstanced(this._gl.TRIANGLE_STRIP, 0, 4, this.count);
  }
}

/** @param {WebGL2RenderingContext} gl @param {number} filter */
export function texture(gl, filter) {
  const made = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, made);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  return made;
}
