/** Reads fault rules and targets that come as JSON from another process. Throws TypeError that says what is wrong. */
import { DAMAGES, FAULT_POINTS } from '../faults.ts';
import type { Damage, FaultPoint, FaultRule, FaultTarget } from '../faults.ts';

type Json = Readonly<Record<string, unknown>>;

const TARGET_FIELDS = ['namespace', 'hub', 'partitionId', 'consumerGroup', 'role'];
const RULE_FIELDS = [
  'at',
  'delayMs',
  'error',
  'silence',
  'cut',
  'damage',
  'sequenceNumber',
  'times',
  ...TARGET_FIELDS,
];

export function readFaultRule(json: Json): FaultRule {
  refuseUnknown(json, RULE_FIELDS);
  const delayMs = optional(json, 'delayMs', 'number');
  const silence = optional(json, 'silence', 'boolean');
  const cut = optional(json, 'cut', 'boolean');
  const times = optional(json, 'times', 'number');
  const error = readError(json['error']);
  const damage = readDamage(json['damage']);
  const sequenceNumber = optional(json, 'sequenceNumber', 'number');
  if (delayMs !== undefined && !(delayMs >= 0)) throw new TypeError("'delayMs' must be 0 or more");
  if (times !== undefined && !(times >= 1)) throw new TypeError("'times' must be 1 or more");
  return {
    at: readPoint(json['at']),
    ...targetOf(json),
    ...(delayMs === undefined ? {} : { delayMs }),
    ...(silence === undefined ? {} : { silence }),
    ...(cut === undefined ? {} : { cut }),
    ...(times === undefined ? {} : { times }),
    ...(damage === undefined ? {} : { damage }),
    ...(sequenceNumber === undefined ? {} : { sequenceNumber }),
    ...(error === undefined ? {} : { error }),
  };
}

export function readFaultTarget(json: Json): FaultTarget {
  refuseUnknown(json, TARGET_FIELDS);
  return targetOf(json);
}

function targetOf(json: Json): FaultTarget {
  const namespace = optional(json, 'namespace', 'string');
  const hub = optional(json, 'hub', 'string');
  const partitionId = optional(json, 'partitionId', 'string');
  const consumerGroup = optional(json, 'consumerGroup', 'string');
  const role = json['role'];
  if (role !== undefined && role !== 'sender' && role !== 'receiver') {
    throw new TypeError("'role' must be sender or receiver");
  }
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(hub === undefined ? {} : { hub }),
    ...(partitionId === undefined ? {} : { partitionId }),
    ...(consumerGroup === undefined ? {} : { consumerGroup }),
    ...(role === undefined ? {} : { role }),
  };
}

function readPoint(value: unknown): FaultPoint {
  const point = FAULT_POINTS.find((name) => name === value);
  if (point === undefined) throw new TypeError(`'at' must be one of ${FAULT_POINTS.join(', ')}`);
  return point;
}

function readDamage(value: unknown): Damage | undefined {
  const damage = DAMAGES.find((name) => name === value);
  if (value !== undefined && damage === undefined) {
    throw new TypeError(`'damage' must be one of ${DAMAGES.join(', ')}`);
  }
  return damage;
}

function readError(value: unknown): { condition: string; description?: string } | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || !('condition' in value)) {
    throw new TypeError("'error' must be an object with a condition");
  }
  const { condition } = value;
  const description = 'description' in value ? value.description : undefined;
  if (typeof condition !== 'string') throw new TypeError("'error.condition' must be a string");
  if (description !== undefined && typeof description !== 'string') {
    throw new TypeError("'error.description' must be a string");
  }
  return description === undefined ? { condition } : { condition, description };
}

interface Primitives {
  string: string;
  number: number;
  boolean: boolean;
}

function optional<T extends keyof Primitives>(json: Json, field: string, type: T): Primitives[T] | undefined {
  const value = json[field];
  if (value === undefined) return undefined;
  // typeof has just said so; the compiler cannot tie a type parameter to it.
  if (typeof value === type) return value as Primitives[T];
  throw new TypeError(`'${field}' must be a ${type}`);
}

function refuseUnknown(json: Json, known: readonly string[]): void {
  const unknown = Object.keys(json).filter((field) => !known.includes(field));
  if (unknown.length > 0)
    throw new TypeError(`unknown field ${unknown.join(', ')}; known: ${known.join(', ')}`);
}
