import os from 'node:os';
import type { Snapshot } from '@cacheferry/contract';
import { version } from '../version.ts';

/** What INFO tells beside the run. */
export type InfoFacts = {
  port: number;
  configFile: string;
  clients: number;
  maxClients: number;
  connections: number;
  targets: number;
  uptimeSeconds: number;
};

/** The answer to INFO, with the sections and names that redis-migrate-tool has. Null: the run has not started yet. */
export function infoText(snapshot: Snapshot | null, facts: InfoFacts): string {
  const { bytesIn = 0, bytesOut = 0, commandsDone = 0, shards = [], spoolBytes = 0 } = snapshot ?? {};
  const isReceived = ({ bytesTotal, bytesDone, phase }: Snapshot['shards'][number]) =>
    isBehindCopy(phase) || (bytesTotal !== null && bytesDone >= bytesTotal);
  const received = shards.filter(isReceived).length;
  const parsed = shards.filter(({ phase }) => isBehindCopy(phase)).length;
  const all = (count: number) => Number(shards.length > 0 && count === shards.length);
  const cpu = process.resourceUsage();
  return sections({
    Server: {
      version,
      os: `${os.type()} ${os.release()} ${os.machine()}`,
      multiplexing_api: 'libuv',
      gcc_version: `node ${process.versions.node}`,
      process_id: process.pid,
      tcp_port: facts.port,
      uptime_in_seconds: facts.uptimeSeconds,
      uptime_in_days: Math.floor(facts.uptimeSeconds / 86_400),
      config_file: facts.configFile,
    },
    Clients: {
      connected_clients: facts.clients,
      max_clients_limit: facts.maxClients,
      total_connections_received: facts.connections,
    },
    Memory: { mem_allocator: 'v8', ...memoryFacts(snapshot) },
    Group: { source_nodes_count: shards.length, target_nodes_count: facts.targets },
    Stats: {
      all_rdb_received: all(received),
      all_rdb_parsed: all(parsed),
      all_aof_loaded: all(parsed),
      rdb_received_count: received,
      rdb_parsed_count: parsed,
      aof_loaded_count: parsed,
      total_msgs_recv: commandsDone,
      total_msgs_sent: commandsDone,
      total_net_input_bytes: bytesIn,
      total_net_output_bytes: bytesOut,
      total_net_input_bytes_human: human(bytesIn),
      total_net_output_bytes_human: human(bytesOut),
      total_mbufs_inqueue: spoolBytes,
      total_msgs_outqueue: 0,
    },
    CPU: {
      used_cpu_sys: (cpu.systemCPUTime / 1e6).toFixed(2),
      used_cpu_user: (cpu.userCPUTime / 1e6).toFixed(2),
    },
  });
}

const isBehindCopy = (phase: string): boolean => ['catching_up', 'incremental_sync', 'done'].includes(phase);

function memoryFacts(snapshot: Snapshot | null): { used_memory: number; used_memory_human: string } {
  const bytes = snapshot?.rssBytes ?? process.memoryUsage.rss();
  return { used_memory: bytes, used_memory_human: human(bytes) };
}

function sections(of: Record<string, Record<string, string | number>>): string {
  return Object.entries(of)
    .map(([name, fields]) => {
      const lines = Object.entries(fields).map(([field, value]) => `${field}:${value}\r\n`);
      return `# ${name}\r\n${lines.join('')}`;
    })
    .join('\r\n');
}

/** `223.77M`, as redis-migrate-tool writes it. */
function human(bytes: number): string {
  const steps = [
    ['G', 2 ** 30],
    ['M', 2 ** 20],
    ['K', 1024],
  ] as const;
  const [unit, size] = steps.find(([, from]) => bytes >= from) ?? ['B', 1];
  return unit === 'B' ? `${bytes}B` : `${(bytes / size).toFixed(2)}${unit}`;
}
