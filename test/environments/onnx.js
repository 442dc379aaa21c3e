/**
 * A jest environment for specs that run ONNX Runtime. Jest gives each spec file globals of its own, while the runtime
 * makes its output arrays from Node's: its own check `data instanceof Float32Array` would fail.
 * Chosen by a spec with: @jest-environment ./test/environments/onnx.js
 */
const { TestEnvironment } = require('jest-environment-node');

const shared = { Float32Array, Float64Array, Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array };

module.exports = class OnnxEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    Object.assign(this.global, shared, { ArrayBuffer, BigInt64Array, BigUint64Array, SharedArrayBuffer });
  }
};
