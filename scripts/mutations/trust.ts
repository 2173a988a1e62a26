// Defects of the trust in a lease: until when handlers may run, and who counts as alive.

import type { Mutation } from '../mutations.ts';

const trust = 'test/unit/engine/leases/trust.test.ts';

export const trustMutations: readonly Mutation[] = [
  {
    name: 'the guard of a lease that outlives the last renewal looks late',
    harm: 'a handler runs on while another worker may claim its partition',
    guarantee: 'G6',
    edits: [
      {
        file: 'src/engine/leases/renewal.ts',
        find: 'endMs = Math.min(endMs, this.#trustedUntilMs(tenancy));',
        replace: 'endMs = Math.min(endMs, this.#trustedUntilMs(tenancy) + 8_000);',
      },
    ],
    tests: [trust],
  },
  {
    name: 'a lease that was handed over is trusted from when the listing came',
    harm: 'a handler starts under a lease that others may have claimed',
    guarantee: 'G6',
    edits: [
      {
        file: 'src/engine/leases/coordinator.ts',
        find: 'askedAtMs - action.lease.ageMs',
        replace: 'clock.monotonicMs() - action.lease.ageMs',
      },
    ],
    tests: [trust],
  },
  {
    name: 'members are judged by the setting of whoever looks',
    harm: 'a rolling change of LEASE_MS steals partitions from live owners',
    guarantee: 'G4',
    edits: [
      {
        file: 'src/engine/leases/liveness.ts',
        find: 'member.ageMs < expiresAfterMs(member.leaseMs ?? leaseMs)',
        replace: 'member.ageMs < expiresAfterMs(leaseMs)',
      },
    ],
    tests: ['test/unit/engine/leases/decide.test.ts'],
  },
];
