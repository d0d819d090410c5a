/** Writers of the packed forms, for tests: written from the format's description, apart from the readers. */

const integer = /^(?:0|-?[1-9]\d{0,18})$/;

function asInteger(element: Buffer): bigint | undefined {
  const text = element.toString('latin1');
  const value = integer.test(text) ? BigInt(text) : undefined;
  return value !== undefined && BigInt.asIntN(64, value) === value ? value : undefined;
}

export function makeListpack(elements: Buffer[]): Buffer {
  const body = Buffer.concat(elements.map(listpackElement));
  const head = Buffer.alloc(6);
  head.writeUInt32LE(body.length + 7);
  head.writeUInt16LE(Math.min(elements.length, 65_535), 4);
  return Buffer.concat([head, body, Buffer.from([255])]);
}

function listpackElement(element: Buffer): Buffer {
  const value = asInteger(element);
  const entry = value === undefined ? listpackText(element) : listpackInteger(value);
  const back: number[] = [];
  for (let rest = entry.length; ; rest >>>= 7) {
    back.unshift((rest & 127) | (rest < 128 ? 0 : 128));
    if (rest < 128) break;
  }
  return Buffer.concat([entry, Buffer.from(back)]);
}

function listpackText(text: Buffer): Buffer {
  if (text.length < 64) return Buffer.concat([Buffer.from([0x80 | text.length]), text]);
  if (text.length < 4096) return Buffer.concat([Buffer.from([0xe0 | (text.length >> 8), text.length & 255]), text]);
  const head = Buffer.from([0xf0, 0, 0, 0, 0]);
  head.writeUInt32LE(text.length, 1);
  return Buffer.concat([head, text]);
}

function listpackInteger(value: bigint): Buffer {
  if (value >= 0n && value < 128n) return Buffer.from([Number(value)]);
  if (value >= -4096n && value < 4096n) {
    const bits = Number(value) & 0x1fff;
    return Buffer.from([0xc0 | (bits >> 8), bits & 255]);
  }
  const [mark, bytes] = (
    [
      [0xf1, 2],
      [0xf2, 3],
      [0xf3, 4],
      [0xf4, 8],
    ] as const
  ).find(([, size]) => fits(value, size))!;
  return Buffer.concat([Buffer.from([mark]), little(value, bytes)]);
}

export function makeZiplist(elements: Buffer[]): Buffer {
  let before = 0;
  let tail = 10;
  const entries = elements.map((element) => {
    const prevlen =
      before < 254 ? Buffer.from([before]) : Buffer.concat([Buffer.from([254]), little(BigInt(before), 4)]);
    const entry = Buffer.concat([prevlen, ziplistElement(element)]);
    tail += before;
    before = entry.length;
    return entry;
  });
  const body = Buffer.concat(entries);
  const head = Buffer.alloc(10);
  head.writeUInt32LE(body.length + 11);
  head.writeUInt32LE(tail, 4);
  head.writeUInt16LE(Math.min(elements.length, 65_535), 8);
  return Buffer.concat([head, body, Buffer.from([255])]);
}

function ziplistElement(element: Buffer): Buffer {
  const value = element.length < 32 ? asInteger(element) : undefined;
  if (value === undefined) {
    const head =
      element.length < 64
        ? [element.length]
        : element.length < 16_384
          ? [0x40 | (element.length >> 8), element.length & 255]
          : undefined;
    if (head) return Buffer.concat([Buffer.from(head), element]);
    const long = Buffer.from([0x80, 0, 0, 0, 0]);
    long.writeUInt32BE(element.length, 1);
    return Buffer.concat([long, element]);
  }
  if (value >= 0n && value <= 12n) return Buffer.from([0xf1 + Number(value)]);
  const [mark, bytes] = (
    [
      [0xfe, 1],
      [0xc0, 2],
      [0xf0, 3],
      [0xd0, 4],
      [0xe0, 8],
    ] as const
  ).find(([, size]) => fits(value, size))!;
  return Buffer.concat([Buffer.from([mark]), little(value, bytes)]);
}

export function makeIntset(members: bigint[]): Buffer {
  const width = [2, 4, 8].find((size) => members.every((member) => fits(member, size)))!;
  return Buffer.concat([
    little(BigInt(width), 4),
    little(BigInt(members.length), 4),
    ...members.map((m) => little(m, width)),
  ]);
}

export function makeZipmap(parts: Buffer[], free = 0): Buffer {
  const length = (part: Buffer) =>
    part.length < 254
      ? Buffer.from([part.length])
      : Buffer.concat([Buffer.from([254]), little(BigInt(part.length), 4)]);
  const body = parts.map((part, i) =>
    i % 2 === 0
      ? Buffer.concat([length(part), part])
      : Buffer.concat([length(part), Buffer.from([free]), part, Buffer.alloc(free)]),
  );
  return Buffer.concat([Buffer.from([Math.min(parts.length / 2, 254)]), ...body, Buffer.from([255])]);
}

const fits = (value: bigint, bytes: number) => BigInt.asIntN(bytes * 8, value) === value;

function little(value: bigint, bytes: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeBigInt64LE(BigInt.asIntN(64, value));
  return out.subarray(0, bytes);
}
