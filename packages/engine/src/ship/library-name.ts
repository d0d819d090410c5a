/** The name in the first line of a library of functions: `#!lua name=…`. */
export function libraryName(source: Buffer): Buffer {
  const found = /\bname=([^\s]{1,256})/.exec(source.subarray(0, 1024).toString('latin1'));
  return Buffer.from(found?.[1] ?? '?', 'latin1');
}
