import type { Check } from './check.ts';
import { sourceAuth, targetAuth } from './checks/auth.ts';
import { sourceCluster, targetCluster } from './checks/cluster-mode.ts';
import { fenceAvailable } from './checks/fence-available.ts';
import { netBandwidth } from './checks/net-bandwidth.ts';
import { sourceEjection, targetEjection } from './checks/pool-ejection.ts';
import { sourcePlacement, targetPlacement } from './checks/pool-placement.ts';
import { fileComplete } from './checks/file-complete.ts';
import { fileExpired } from './checks/file-expired.ts';
import { fileReadable } from './checks/file-readable.ts';
import { fileVersion } from './checks/file-version.ts';
import { machineClock } from './checks/machine-clock.ts';
import { machineDisk } from './checks/machine-disk.ts';
import { machineFiles } from './checks/machine-files.ts';
import { machineMemory } from './checks/machine-memory.ts';
import { machineColocated } from './checks/machine-colocated.ts';
import { machineCpu } from './checks/machine-cpu.ts';
import { pairCommands } from './checks/pair-commands.ts';
import { pairKeySize } from './checks/pair-key-size.ts';
import { pairLoop } from './checks/pair-loop.ts';
import { pairSettings } from './checks/pair-settings.ts';
import { predictDuration } from './checks/predict-duration.ts';
import { sourceBigTraffic } from './checks/source-big-traffic.ts';
import { reverseAvailable } from './checks/reverse-available.ts';
import { sourceFork } from './checks/source-fork.ts';
import { sourceLoad } from './checks/source-load.ts';
import { sourceNotifications } from './checks/source-notifications.ts';
import { sourceReplicas } from './checks/source-replicas.ts';
import { sourceTimeout } from './checks/source-timeout.ts';
import { netSource, netTarget } from './checks/net.ts';
import { netTlsSource, netTlsTarget } from './checks/net-tls.ts';
import { pairBusy } from './checks/pair-busy.ts';
import { pairDatabases } from './checks/pair-databases.ts';
import { pairFamily } from './checks/pair-family.ts';
import { pairFunctions } from './checks/pair-functions.ts';
import { pairMemory } from './checks/pair-memory.ts';
import { pairModules } from './checks/pair-modules.ts';
import { pairSameInstance } from './checks/pair-same-instance.ts';
import { pairSupported } from './checks/pair-supported.ts';
import { pairVersion } from './checks/pair-version.ts';
import { sourcePermissions, targetPermissions } from './checks/permissions.ts';
import { sourceBacklog } from './checks/source-backlog.ts';
import { sourcePersistence } from './checks/source-persistence.ts';
import { sourcePsync } from './checks/source-psync.ts';
import { sourceReplicaBuffer } from './checks/source-replica-buffer.ts';
import { sourceRole } from './checks/source-role.ts';
import { targetConnections } from './checks/target-connections.ts';
import { targetEmpty } from './checks/target-empty.ts';
import { targetEviction } from './checks/target-eviction.ts';
import { targetFile } from './checks/target-file.ts';
import { targetRole } from './checks/target-role.ts';
import { sourceVersion, targetVersion } from './checks/version.ts';

/** Every question of the preflight, in the order in which people read the answers. A new one is a file and a line here. */
export const allChecks: readonly Check[] = [
  machineMemory,
  machineCpu,
  machineDisk,
  machineFiles,
  machineColocated,
  netSource,
  netTlsSource,
  netBandwidth,
  netTarget,
  netTlsTarget,
  sourceAuth,
  targetAuth,
  sourceVersion,
  targetVersion,
  sourcePermissions,
  targetPermissions,
  sourcePsync,
  sourceRole,
  sourceCluster,
  sourcePersistence,
  sourceReplicaBuffer,
  sourceBacklog,
  sourceTimeout,
  sourceFork,
  sourceLoad,
  sourceBigTraffic,
  sourceReplicas,
  sourceNotifications,
  sourceEjection,
  sourcePlacement,
  fenceAvailable,
  reverseAvailable,
  fileReadable,
  fileVersion,
  fileComplete,
  fileExpired,
  targetRole,
  targetCluster,
  targetEviction,
  targetEmpty,
  targetEjection,
  targetPlacement,
  targetFile,
  targetConnections,
  pairFamily,
  pairSupported,
  pairSameInstance,
  pairLoop,
  pairBusy,
  pairVersion,
  pairMemory,
  pairDatabases,
  pairModules,
  pairFunctions,
  pairKeySize,
  pairCommands,
  pairSettings,
  machineClock,
  predictDuration,
];
