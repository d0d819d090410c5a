import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { MachineLink } from '@cacheferry/domain';
import { tempDir, waitFor } from '@cacheferry/testkit';
import { describe, expect, test } from 'vitest';
import { withCode } from './helpers.ts';
import { nastyPayloads } from './nasty-payloads.ts';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const isAlive = (pid: number) =>
  fs.existsSync(`/proc/${pid}/cmdline`) && fs.readFileSync(`/proc/${pid}/cmdline`).length > 0;

/** What every kind of link must do. `connect` makes one to this very machine, whatever road it takes. */
export function linkContract(connect: () => Promise<MachineLink>): void {
  const dir = tempDir('link');

  describe('running a program', () => {
    test('gives its output, its errors and its exit code', async () => {
      const link = await connect();
      const result = await link.run(['sh', '-c', 'cat; echo oops >&2; exit 7'], { stdin: 'höllo\n' });
      expect(result).toEqual({ exitCode: 7, stdout: 'höllo\n', stderr: 'oops\n' });
      link.close();
    });

    test('hands on 200 nasty arguments unchanged and runs none of them', async () => {
      const link = await connect();
      const canary = path.join(dir, 'canary');
      const payloads = nastyPayloads(canary);
      const { stdout } = await link.run(['printf', '%s\\0', ...payloads]);
      expect(stdout.split('\0').slice(0, -1)).toEqual(payloads);
      expect(fs.existsSync(canary)).toBe(false);
      link.close();
    });

    test('a signal that ends it is an exit code of 128 and more', async () => {
      const link = await connect();
      expect((await link.run(['sh', '-c', 'kill -9 $$'])).exitCode).toBe(137);
      link.close();
    });

    test('a program that takes too long is ended', async () => {
      const link = await connect();
      const argv = ['sh', '-c', `echo $$ > "$1"; exec sleep 600`, 'sh', path.join(dir, 'slow.pid')];
      await expect(link.run(argv, { timeoutMs: 700 })).rejects.toEqual(withCode('machine.timeout', { seconds: 0.7 }));
      const pid = Number(fs.readFileSync(path.join(dir, 'slow.pid'), 'utf8'));
      await waitFor(() => !isAlive(pid), { what: 'the end of the slow program' });
      link.close();
    });

    test('endless output is refused and the program ended', async () => {
      const link = await connect();
      await expect(link.run(['yes'], { maxOutputBytes: 100_000 })).rejects.toEqual(
        withCode('machine.output_too_large', { program: 'yes', bytes: 100_000 }),
      );
      link.close();
    });

    test('endless errors do no harm', async () => {
      const link = await connect();
      const { exitCode, stderr } = await link.run(['sh', '-c', 'head -c 3000000 /dev/zero | tr "\\0" x >&2']);
      expect({ exitCode, length: stderr.length }).toEqual({ exitCode: 0, length: 8192 });
      link.close();
    });

    test('it is given up when that is asked', async () => {
      const link = await connect();
      const stop = new AbortController();
      const running = link.run(['sleep', '600'], { signal: stop.signal });
      setTimeout(() => stop.abort(new Error('enough')), 50);
      await expect(running).rejects.toThrow('enough');
      link.close();
    });
  });

  describe('streaming a program', () => {
    test('hands on every byte in order while the reader is slow, and the program waits', async () => {
      const link = await connect();
      const hash = createHash('sha256');
      let busy = 0;
      const { exitCode } = await link.stream(['head', '-c', '5000000', '/dev/zero'], {
        onBytes: async (bytes) => {
          expect(++busy).toBe(1);
          await new Promise((resolve) => setImmediate(resolve));
          hash.update(bytes);
          busy--;
        },
      });
      expect(exitCode).toBe(0);
      expect(hash.digest('hex')).toBe(sha256(Buffer.alloc(5_000_000)));
      link.close();
    });

    test('keeps its input open until the end, so that the program can notice it', async () => {
      const link = await connect();
      const stop = new AbortController();
      const file = path.join(dir, `input-${randomBytes(4).toString('hex')}`);
      const argv = ['sh', '-c', 'echo ready; cat; echo over > "$1"', 'sh', file];
      const streaming = link.stream(argv, {
        signal: stop.signal,
        onBytes: () => stop.abort(new Error('enough')),
      });
      await expect(streaming).rejects.toThrow('enough');
      link.close();
    });

    test('a failing reader ends it with that error', async () => {
      const link = await connect();
      const onBytes = () => Promise.reject(new Error('disk full'));
      await expect(link.stream(['yes'], { onBytes })).rejects.toThrow('disk full');
      link.close();
    });

    test('says how it ended and what it complained', async () => {
      const link = await connect();
      const result = await link.stream(['sh', '-c', 'echo no >&2; exit 3'], { onBytes: () => {} });
      expect(result).toEqual({ exitCode: 3, stderr: 'no\n' });
      link.close();
    });
  });

  describe('putting a file', () => {
    const local = path.join(dir, 'local.bin');
    const bytes = randomBytes(700_000);
    fs.writeFileSync(local, bytes);

    test('gives it its mode and content, and leaves nothing else', async () => {
      const link = await connect();
      const folder = fs.mkdtempSync(path.join(dir, "put 'it'-"));
      await link.put(local, path.join(folder, 'file'), { mode: 0o700, sha256: sha256(bytes) });
      expect(fs.readdirSync(folder)).toEqual(['file']);
      expect(fs.readFileSync(path.join(folder, 'file')).equals(bytes)).toBe(true);
      expect(fs.statSync(path.join(folder, 'file')).mode & 0o777).toBe(0o700);
      link.close();
    });

    test('a file that arrives otherwise than it should is refused and removed', async () => {
      const link = await connect();
      const folder = fs.mkdtempSync(path.join(dir, 'damaged-'));
      const options = { mode: 0o700, sha256: '0'.repeat(64) };
      await expect(link.put(local, path.join(folder, 'file'), options)).rejects.toEqual(
        withCode('machine.upload_damaged'),
      );
      expect(fs.readdirSync(folder)).toEqual([]);
      link.close();
    });

    test('a folder that is not there is named', async () => {
      const link = await connect();
      const target = path.join(dir, 'missing', 'file');
      const putting = link.put(local, target, { mode: 0o700, sha256: sha256(bytes) });
      await expect(putting).rejects.toEqual(withCode('machine.command_failed'));
      link.close();
    });
  });
}
