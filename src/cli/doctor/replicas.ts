// Check: not more replicas than partitions. A worker beyond that owns nothing, and KEDA's own limit lets one too many pass.

import { failed, ok, unknown } from './check.ts';
import type { Answer, Check } from './check.ts';

export const replicas: Check = {
  name: 'replicas',
  needs: ['event hub'],
  run: async ({ options, readEnds }, signal) =>
    judgeReplicas((await readEnds(signal)).length, options.maxReplicas),
};

export function judgeReplicas(partitions: number, maxReplicas: number | undefined): Answer {
  const details = { partitions, ...(maxReplicas === undefined ? {} : { 'max replicas': maxReplicas }) };
  if (maxReplicas === undefined) {
    return unknown(
      `Set maxReplicaCount (KEDA) or maxReplicas (HPA) to ${partitions} at most, the number of partitions; --max-replicas checks yours.`,
      details,
    );
  }
  if (maxReplicas > partitions) {
    return failed(
      `At most ${partitions} replicas can own a partition, ${maxReplicas - partitions} would idle: set maxReplicaCount (KEDA) or maxReplicas (HPA) to ${partitions}.`,
      details,
    );
  }
  return ok(
    maxReplicas === partitions
      ? `At most ${maxReplicas} replicas, one for each partition.`
      : `At most ${maxReplicas} replicas for ${partitions} partitions.`,
    details,
  );
}
