// The arrays of the page: base64, zlib, byte planes, differences. Written by runtime/explorer/pack.py.

class Damaged extends Error {}

const TYPES = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float64: Float64Array,
};

async function readData() {
  if (typeof DecompressionStream === "undefined") {
    throw new Damaged(
      "This browser cannot inflate data (no DecompressionStream). " +
        "Browsers since 2023 can: Chrome 80, Firefox 113, Safari 16.4.",
    );
  }
  let values, bytes;
  try {
    values = JSON.parse(byId("values").textContent);
  } catch (error) {
    throw new Damaged(`Its table of values cannot be read: ${error.message}`);
  }
  const text = byId("arrays").textContent;
  try {
    bytes = await inflate(fromBase64(text));
  } catch (error) {
    throw new Damaged(`Its data cannot be inflated: ${error.message || "wrong check sum"}`);
  }
  if (bytes.length !== values.size) {
    throw new Damaged(`It has ${bytes.length} bytes of data, not ${values.size}.`);
  }
  const arrays = {};
  let at = 0;
  for (const entry of values.directory) {
    const size = TYPES[entry.type].BYTES_PER_ELEMENT * entry.length;
    arrays[entry.name] = unpacked(bytes.subarray(at, at + size), entry);
    at += size;
  }
  return { values, arrays };
}

function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text),
    bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function unpacked(bytes, { type, length, differences }) {
  const Type = TYPES[type],
    width = Type.BYTES_PER_ELEMENT;
  if (width === 1 && !differences) return new Type(bytes.slice().buffer);
  const raw = new Uint8Array(length * width);
  for (let plane = 0; plane < width; plane++) {
    const from = plane * length;
    for (let i = 0; i < length; i++) raw[i * width + plane] = bytes[from + i];
  }
  const array = new Type(raw.buffer);
  if (!differences) return array;
  const sums = new Int32Array(length);
  for (let i = 0, sum = 0; i < length; i++) sums[i] = sum += array[i];
  return sums;
}

const strings = (bytes) => new TextDecoder().decode(bytes).split("\0");

/** The first place from low on that is not before what is looked for; high if there is none. */
function firstFrom(low, high, before) {
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

const bit = (bits, i) => (bits[i >> 3] >> (i & 7)) & 1;
