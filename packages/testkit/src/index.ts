export { stopEverything } from './cleanup.ts';
export { canShiftClock, ClockShift } from './clock-shift.ts';
export {
  compareDumps,
  type Comparison,
  type CompareOptions,
  compareServers,
  type Difference,
} from './compare-servers.ts';
export { compileLibrary } from './compile-library.ts';
export { type Dump, dumpAll, type DumpedKey } from './dump-all.ts';
export { startFakePostgres } from './fake-postgres.ts';
export { type FakePeer, FakeServer, fakeServer } from './fake-server.ts';
export { type Faults } from './fault-pipe.ts';
export { FaultProxy, faultProxy } from './fault-proxy.ts';
export {
  bundleFerry,
  type FerryOptions,
  FerryProcess,
  type FerryResult,
  runFerry,
  spawnFerry,
} from './ferry-process.ts';
export { freePort } from './free-port.ts';
export { withLock } from './lock.ts';
export { canLimitMemory, MemoryLimit, memoryLimit } from './memory-limit.ts';
export { hasNutcracker, Nutcracker, type NutcrackerPool, startNutcracker } from './nutcracker.ts';
export { openClient } from './open-client.ts';
export { cacheDir, root } from './paths.ts';
export { endProcess, hasEnded, startProcess } from './processes.ts';
export { createRandom, type Random } from './random.ts';
export { type ClusterNode, RedisCluster, type RedisClusterOptions, slotCount, startCluster } from './redis-cluster.ts';
export { RedisServer, type RedisServerOptions, startRedis, startReplica } from './redis-server.ts';
export { SentinelGroup, type SentinelOptions, startSentinel } from './sentinel.ts';
export { type SeedOptions, seedMixed } from './seed-mixed.ts';
export { type Argument, type Client, type Command, sendAll } from './send-all.ts';
export { hasServer, type MemcachedVersion, serverProgram, type ServerVersion } from './servers.ts';
export { SlotMove } from './slot-move.ts';
export { canMakeUsers, hasSshd, Sshd, type SshdOptions, startSshd } from './sshd.ts';
export { removeDir, tempDir } from './temp-dir.ts';
export { makeTlsFiles, tlsFiles, type TlsSet } from './tls-files.ts';
export { Hopeless, type WaitOptions, waitFor } from './wait-for.ts';
export { startWriter, Writer, type WriterCounts, type WriterOptions } from './writer.ts';
export { weakHasher } from './weak-hasher.ts';
