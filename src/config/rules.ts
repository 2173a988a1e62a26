// What variables mean to each other: one entry per rule, each naming all it concerns. A rule is asked only when every
// variable it reads is allowed by itself, so that one mistake makes one problem.

import type { Environment, VariableName } from './environment.ts';
import { conflicting, missing, show } from './problem.ts';
import type { Problem } from './problem.ts';

interface Rule {
  readonly reads: readonly VariableName[];
  broken(env: Environment): Problem | undefined;
}

const ticksPerLease = 3;

export const rules: readonly Rule[] = [
  {
    reads: ['EVENTHUB_CONNECTION_STRING', 'EVENTHUB_NAMESPACE'],
    broken: (env) =>
      oneOf(
        env,
        'EVENTHUB_CONNECTION_STRING',
        'EVENTHUB_NAMESPACE',
        ' Or set EVENTHUB_NAMESPACE to use an identity.',
      ),
  },
  { reads: ['EVENTHUB_CONNECTION_STRING', 'EVENTHUB_NAME'], broken: eventHubProblem },
  {
    reads: ['PREFETCH_EVENTS', 'MAX_BATCH_SIZE'],
    broken: (env) =>
      atLeast(env, 'PREFETCH_EVENTS', 'MAX_BATCH_SIZE', 1, 'a smaller prefetch never fills a batch'),
  },
  {
    reads: ['STORAGE_CONNECTION_STRING', 'STORAGE_ACCOUNT'],
    broken: (env) =>
      oneOf(
        env,
        'STORAGE_CONNECTION_STRING',
        'STORAGE_ACCOUNT',
        ' Or set STORAGE_ACCOUNT to use an identity.',
      ),
  },
  {
    reads: ['DEAD_LETTER_CONTAINER', 'CHECKPOINT_CONTAINER'],
    broken: (env) =>
      env.DEAD_LETTER_CONTAINER === env.CHECKPOINT_CONTAINER
        ? conflicting(
            'DEAD_LETTER_CONTAINER',
            `is the same as CHECKPOINT_CONTAINER ("${env.CHECKPOINT_CONTAINER}"); every look at the leases would list the dead letters too: give it a container of its own`,
          )
        : undefined,
  },
  {
    reads: ['HANDLER'],
    broken: (env) => (env.HANDLER === undefined ? missing('HANDLER') : undefined),
  },
  {
    reads: ['PARTITION_CONCURRENCY', 'CONCURRENCY'],
    broken: (env) =>
      env.PARTITION_CONCURRENCY === undefined
        ? undefined
        : atLeast(env, 'CONCURRENCY', 'PARTITION_CONCURRENCY', 1, 'a partition is a part of the worker'),
  },
  {
    reads: ['RETRY_MAX_MS', 'RETRY_MIN_MS'],
    broken: (env) => atLeast(env, 'RETRY_MAX_MS', 'RETRY_MIN_MS', 1, 'the wait grows from one to the other'),
  },
  {
    reads: ['LEASE_MS', 'TICK_MS'],
    broken: (env) =>
      atLeast(
        env,
        'LEASE_MS',
        'TICK_MS',
        ticksPerLease,
        'a lease is renewed once per tick and must outlast two renewals that failed',
      ),
  },
  {
    reads: ['HANDOVER_TIMEOUT_MS', 'LEASE_MS'],
    broken: (env) =>
      atLeast(
        env,
        'HANDOVER_TIMEOUT_MS',
        'LEASE_MS',
        1,
        'a dead owner is known by its lease; only a live one is worth waiting for',
      ),
  },
  {
    reads: ['MAX_IN_FLIGHT_EVENTS', 'MAX_BATCH_SIZE'],
    broken: (env) => atLeast(env, 'MAX_IN_FLIGHT_EVENTS', 'MAX_BATCH_SIZE', 1, 'a full batch must have room'),
  },
];

function oneOf(
  env: Environment,
  secret: 'EVENTHUB_CONNECTION_STRING' | 'STORAGE_CONNECTION_STRING',
  identity: 'EVENTHUB_NAMESPACE' | 'STORAGE_ACCOUNT',
  hint: string,
): Problem | undefined {
  const account = env[identity];
  if (env[secret] === undefined) return account === undefined ? missing(secret, hint) : undefined;
  if (account === undefined) return undefined;
  return conflicting(
    secret,
    `is set and so is ${identity} (${show(identity, account)}): set exactly one, the other decides nothing`,
  );
}

function eventHubProblem(env: Environment): Problem | undefined {
  const entityPath = env.EVENTHUB_CONNECTION_STRING?.eventHub;
  const name = env.EVENTHUB_NAME;
  if (name === undefined) {
    return entityPath === undefined
      ? missing('EVENTHUB_NAME', ' Or put ;EntityPath=<name> at the end of EVENTHUB_CONNECTION_STRING.')
      : undefined;
  }
  if (entityPath === undefined || entityPath.toLowerCase() === name.toLowerCase()) return undefined;
  return conflicting(
    'EVENTHUB_NAME',
    `is "${name}", but EVENTHUB_CONNECTION_STRING has EntityPath=${entityPath}: make them agree, or leave one out`,
  );
}

type NumberVariable = {
  [Name in VariableName]-?: Environment[Name] extends number | undefined ? Name : never;
}[VariableName];

function atLeast(
  env: Environment,
  larger: NumberVariable,
  smaller: NumberVariable,
  times: number,
  why: string,
): Problem | undefined {
  const [high, low] = [env[larger], env[smaller]];
  if (high === undefined || low === undefined || high >= low * times) return undefined;
  const bound = times === 1 ? smaller : `${String(times)} x ${smaller}`;
  return conflicting(
    larger,
    `is ${String(high)}, but ${smaller} is ${String(low)}: it must be at least ${bound} (${String(low * times)}), because ${why}`,
  );
}
