import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { MachineFacts } from '@cacheferry/contract';
import { readArguments } from '../arguments.ts';
import type { CommandModule } from '../command.ts';

/** `ferry machine`: what this machine is and has. */
export const command: CommandModule = {
  help: [
    'ferry machine [--work-dir DIR]',
    '',
    'Prints what this machine is and has as one JSON document: system, cores, load, memory, disk of the work directory',
    '(default ~/.cacheferry) and whether it can be written, Node, and `now`, its clock in milliseconds.',
  ].join('\n'),
  run: async (args, io) => {
    const { values } = readArguments('machine', args, {
      'work-dir': { type: 'string' },
      json: { type: 'boolean' },
    });
    const workDir = path.resolve(values['work-dir'] ?? path.join(os.homedir(), '.cacheferry'));
    const facts: MachineFacts = readFacts(workDir);
    io.stdout.write(`${JSON.stringify({ ...facts, now: io.clock.now() })}\n`);
    return 0;
  },
};

function readFacts(workDir: string): MachineFacts {
  const place = nearestFolder(workDir);
  const disk = fs.statfsSync(place);
  return MachineFacts.parse({
    os: process.platform,
    arch: process.arch,
    kernel: os.release(),
    hostname: os.hostname(),
    bootId: readText('/proc/sys/kernel/random/boot_id'),
    cores: os.availableParallelism(),
    load1: os.loadavg()[0] ?? 0,
    memoryTotalBytes: os.totalmem(),
    memoryAvailableBytes: availableMemory(),
    diskTotalBytes: disk.blocks * disk.bsize,
    diskFreeBytes: disk.bavail * disk.bsize,
    workDir,
    isWorkDirWritable: canWrite(place),
    nodeVersion: process.versions.node,
    clockOffsetMs: 0,
    roundTripMs: 0,
  });
}

/** Before the installation the work directory is not there. */
function nearestFolder(dir: string): string {
  return fs.existsSync(dir) || dir === path.dirname(dir) ? dir : nearestFolder(path.dirname(dir));
}

function canWrite(dir: string): boolean {
  try {
    const made = fs.mkdtempSync(path.join(dir, '.write-'));
    fs.writeFileSync(path.join(made, 'x'), Buffer.alloc(4096));
    fs.rmSync(made, { recursive: true });
    return true;
  } catch {
    // That is the answer.
    return false;
  }
}

function availableMemory(): number {
  const kilobytes = /^MemAvailable:\s+(\d+)/m.exec(readText('/proc/meminfo') ?? '')?.[1];
  return kilobytes === undefined ? os.freemem() : Number(kilobytes) * 1024;
}

function readText(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch {
    // Not on this system.
    return null;
  }
}
