import type { Check } from './check.ts';
import { connectionAnswers } from './checks/connection.answers.ts';
import { connectionConnections } from './checks/connection.connections.ts';
import { connectionContainer } from './checks/connection.container.ts';
import { connectionContainerHealth } from './checks/connection.container-health.ts';
import { connectionContainerMounts } from './checks/connection.container-mounts.ts';
import { connectionContainerRestarts } from './checks/connection.container-restarts.ts';
import { connectionLongTransactions } from './checks/connection.long-transactions.ts';
import { connectionPreparedTransactions } from './checks/connection.prepared-transactions.ts';
import { connectionRecovery } from './checks/connection.recovery.ts';
import { connectionSlots } from './checks/connection.slots.ts';
import { connectionTransactionAge } from './checks/connection.transaction-age.ts';
import { connectionVersion } from './checks/connection.version.ts';
import { consistencyBtree } from './checks/consistency.btree.ts';
import { consistencyChecksums } from './checks/consistency.checksums.ts';
import { consistencyCollation } from './checks/consistency.collation.ts';
import { consistencyForeignKeys } from './checks/consistency.foreign-keys.ts';
import { consistencyHeap } from './checks/consistency.heap.ts';
import { consistencyReadable } from './checks/consistency.readable.ts';
import { consistencyReferences } from './checks/consistency.references.ts';
import { consistencyRequiredFields } from './checks/consistency.required-fields.ts';
import { performanceAutovacuum } from './checks/performance.autovacuum.ts';
import { performanceBackup } from './checks/performance.backup.ts';
import { performanceCache } from './checks/performance.cache.ts';
import { performanceDeadRows } from './checks/performance.dead-rows.ts';
import { performanceDisk } from './checks/performance.disk.ts';
import { performanceLargest } from './checks/performance.largest.ts';
import { performanceProof } from './checks/performance.proof.ts';
import { performanceSize } from './checks/performance.size.ts';
import { performanceStatistics } from './checks/performance.statistics.ts';
import { pgvectorAccessMethods } from './checks/pgvector.access-methods.ts';
import { pgvectorColumns } from './checks/pgvector.columns.ts';
import { pgvectorCoverage } from './checks/pgvector.coverage.ts';
import { pgvectorExtension } from './checks/pgvector.extension.ts';
import { pgvectorIndexes } from './checks/pgvector.indexes.ts';
import { pgvectorOperators } from './checks/pgvector.operators.ts';
import { pgvectorPlanner } from './checks/pgvector.planner.ts';
import { pgvectorRecall } from './checks/pgvector.recall.ts';
import { pgvectorStoredDimensions } from './checks/pgvector.stored-dimensions.ts';
import { pgvectorValues } from './checks/pgvector.values.ts';
import { rightsExpectedGrants } from './checks/rights.expected-grants.ts';
import { rightsGrants } from './checks/rights.grants.ts';
import { rightsRead } from './checks/rights.read.ts';
import { rightsRestore } from './checks/rights.restore.ts';
import { rightsRole } from './checks/rights.role.ts';
import { structureColumns } from './checks/structure.columns.ts';
import { structureConstraints } from './checks/structure.constraints.ts';
import { structureDefinitions } from './checks/structure.definitions.ts';
import { structureDisabledTriggers } from './checks/structure.disabled-triggers.ts';
import { structureIndexes } from './checks/structure.indexes.ts';
import { structureInvalidIndexes } from './checks/structure.invalid-indexes.ts';
import { structureSequencesBehind } from './checks/structure.sequences-behind.ts';
import { structureSequencesEnd } from './checks/structure.sequences-end.ts';
import { structureTables } from './checks/structure.tables.ts';
import { structureTriggers } from './checks/structure.triggers.ts';
import { structureUnvalidatedConstraints } from './checks/structure.unvalidated-constraints.ts';

/** Every check, in the order in which it is asked and told. A new one is a file in checks/ and a line here. */
export const checks: readonly Check[] = [
  connectionContainer,
  connectionContainerHealth,
  connectionContainerRestarts,
  connectionContainerMounts,
  connectionAnswers,
  connectionVersion,
  connectionRecovery,
  connectionSlots,
  connectionTransactionAge,
  connectionConnections,
  connectionLongTransactions,
  connectionPreparedTransactions,
  structureTables,
  structureColumns,
  structureIndexes,
  structureConstraints,
  structureTriggers,
  structureDefinitions,
  structureDisabledTriggers,
  structureInvalidIndexes,
  structureSequencesBehind,
  structureSequencesEnd,
  structureUnvalidatedConstraints,
  pgvectorExtension,
  pgvectorOperators,
  pgvectorAccessMethods,
  pgvectorColumns,
  pgvectorIndexes,
  pgvectorCoverage,
  pgvectorPlanner,
  pgvectorRecall,
  pgvectorStoredDimensions,
  pgvectorValues,
  consistencyBtree,
  consistencyChecksums,
  consistencyCollation,
  consistencyForeignKeys,
  consistencyHeap,
  consistencyReadable,
  consistencyReferences,
  consistencyRequiredFields,
  rightsRead,
  rightsExpectedGrants,
  rightsGrants,
  rightsRestore,
  rightsRole,
  performanceAutovacuum,
  performanceBackup,
  performanceCache,
  performanceDisk,
  performanceDeadRows,
  performanceLargest,
  performanceProof,
  performanceSize,
  performanceStatistics,
];
