// ---- QR codes (ISO/IEC 18004), as far as a key's address needs them: bytes, level L, versions 1 to 9, mask 0.
// By version: bytes of data, and of error correction in each block; blocks; where alignment patterns are.
const QR_VERSIONS = [
  [19, 7, 1, []], [34, 10, 1, [6, 18]], [55, 15, 1, [6, 22]], [80, 20, 1, [6, 26]], [108, 26, 1, [6, 30]],
  [136, 18, 2, [6, 34]], [156, 20, 2, [6, 22, 38]], [194, 24, 2, [6, 24, 42]], [232, 30, 2, [6, 26, 46]],
];
// The remainder by which codes are corrected: of bytes over GF(256) with 0x11D, as Reed and Solomon have it.
function qrRemainder(data, count) {
  const times = (a, b) => { let product = 0; for (let i = 7; i >= 0; i--) product = (product << 1) ^ ((product >> 7) * 0x11d) ^ (((b >> i) & 1) * a); return product; };
  let generator = [1], root = 1;
  for (let i = 0; i < count; i++) {
    generator = [...generator, 0].map((one, k) => one ^ (k > 0 ? times(generator[k - 1], root) : 0));
    root = times(root, 2);
  }
  const rest = new Array(count).fill(0);
  for (const byte of data) {
    const factor = byte ^ rest.shift();
    rest.push(0);
    for (let k = 0; k < count; k++) rest[k] ^= times(generator[k + 1], factor);
  }
  return rest;
}
// All bytes in the order in which they are drawn, or null for a text that is too long.
function qrBytes(text) {
  const bytes = [...new TextEncoder().encode(text)], version = QR_VERSIONS.findIndex(([count]) => bytes.length + 2 <= count) + 1;
  if (!version) return null;
  const [count, correction, blocks] = QR_VERSIONS[version - 1], nibbles = [4, bytes.length >> 4, bytes.length & 15];
  for (const byte of bytes) nibbles.push(byte >> 4, byte & 15);
  nibbles.push(0);
  const data = [];
  for (let i = 0; i < nibbles.length; i += 2) data.push(nibbles[i] << 4 | nibbles[i + 1]);
  for (let fill = 0xec; data.length < count; fill ^= 0xec ^ 0x11) data.push(fill);
  const parts = Array.from({ length: blocks }, (_, i) => data.slice(i * count / blocks, (i + 1) * count / blocks));
  const woven = (lists) => lists[0].flatMap((_, i) => lists.map((list) => list[i]));
  return { version, bytes: [...woven(parts), ...woven(parts.map((part) => qrRemainder(part, correction)))] };
}
// Rows of modules, true where dark.
function qrModules(text) {
  const coded = qrBytes(text);
  if (!coded) return null;
  const { version, bytes } = coded, size = version * 4 + 17, places = QR_VERSIONS[version - 1][3];
  const dark = Array.from({ length: size }, () => new Array(size).fill(null));
  const set = (row, column, isDark) => { if (row >= 0 && column >= 0 && row < size && column < size) dark[row][column] = Boolean(isDark); };
  for (const [row, column] of [[3, 3], [3, size - 4], [size - 4, 3]]) {
    for (let r = -4; r <= 4; r++) for (let c = -4; c <= 4; c++) {
      const ring = Math.max(Math.abs(r), Math.abs(c));
      set(row + r, column + c, ring !== 2 && ring !== 4);
    }
  }
  for (const row of places) for (const column of places) {
    if (dark[row][column] !== null) continue;
    for (let r = -2; r <= 2; r++) for (let c = -2; c <= 2; c++) set(row + r, column + c, Math.max(Math.abs(r), Math.abs(c)) !== 1);
  }
  for (let i = 8; i < size - 8; i++) { set(6, i, i % 2 === 0); set(i, 6, i % 2 === 0); }
  // What follows from level L and mask 0, and from the version: 15 and 18 bits that are known by their remainders.
  const format = 0x77c4, bit = (value, i) => (value >> i) & 1;
  for (let i = 0; i < 8; i++) {
    set(i < 6 ? i : i + 1, 8, bit(format, i));
    set(8, size - 1 - i, bit(format, i));
  }
  for (let i = 8; i < 15; i++) {
    set(8, i === 8 ? 7 : 14 - i, bit(format, i));
    set(size - 15 + i, 8, bit(format, i));
  }
  set(size - 8, 8, true);
  if (version >= 7) {
    let rest = version << 12;
    for (let i = 17; i >= 12; i--) if (bit(rest, i)) rest ^= 0x1f25 << (i - 12);
    const code = version << 12 | rest;
    for (let i = 0; i < 18; i++) {
      const near = Math.floor(i / 3), far = size - 11 + i % 3;
      set(near, far, bit(code, i));
      set(far, near, bit(code, i));
    }
  }
  let next = 0;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const row = ((right + 1) & 2) === 0 ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (dark[row][column] !== null) continue;
        const isOn = next < bytes.length * 8 && bit(bytes[next >> 3], 7 - (next & 7));
        dark[row][column] = Boolean(isOn) !== ((row + column) % 2 === 0);
        next += 1;
      }
    }
  }
  return dark;
}
// The picture, or null where the text is too long for one.
function drawQR(text) {
  const rows = qrModules(text);
  if (!rows) return null;
  const svg = document.createElementNS(SVG, "svg"), path = document.createElementNS(SVG, "path"), side = rows.length + 8;
  svg.setAttribute("class", "qr");
  svg.setAttribute("viewBox", "0 0 " + side + " " + side);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", "The key as a QR code");
  path.setAttribute("d", rows.flatMap((row, r) => row.map((isDark, c) => (isDark ? "M" + (c + 4) + " " + (r + 4) + "h1v1h-1z" : ""))).join(""));
  svg.append(path);
  return svg;
}
