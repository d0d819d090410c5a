import { describe, expect, test } from 'vitest';
import { formatEndpointUrl } from './endpoint-format.ts';
import { parseEndpointUrl } from './endpoint-url.ts';
import { pathOfUpload, replaceUploads, UploadInput, uploadsOf } from './upload.ts';

const id = '01900000-0000-7000-8000-000000000001';

describe('an upload in an endpoint URL', () => {
  test.each(['dump.rdb', '../../etc/passwd', 'a,b.rdb', '名 前?.rdb', 'x'.repeat(255)])(
    'is found again whatever its file is called: %s',
    (name) => {
      const endpoint = parseEndpointUrl(`rdb:${pathOfUpload({ id, name })},/data/other.rdb`);
      expect(uploadsOf(endpoint)).toEqual([id]);
      const placed = replaceUploads(endpoint, (one) => `/uploads/${one}`);
      expect(formatEndpointUrl(placed)).toBe(`rdb:/uploads/${id},/data/other.rdb`);
    },
  );
  test.each([`rdb:/data/upload:${id}`, 'rdb:upload:x', 'aof:/a', 'redis://h'])('%s names none', (url) =>
    expect(uploadsOf(parseEndpointUrl(url))).toEqual([]),
  );
});

test.each([
  ['an empty name', { name: ' ', bytes: 1 }],
  ['a line break in the name', { name: 'a\nb', bytes: 1 }],
  ['no bytes', { name: 'a', bytes: 0 }],
  ['a sum that is none', { name: 'a', bytes: 1, sha256: 'x' }],
])('%s is refused', (_, input) => expect(UploadInput.safeParse(input).success).toBe(false));
