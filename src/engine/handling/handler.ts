// The contract between the worker and the function a team writes. Definitions only; how it is run is attempt.ts and batch.ts.

import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Replay } from './replays.ts';
import type { WorkerEvent } from './worker-event.ts';

/** What a handler may log; the adapter adds partition, sequence number and attempt to each line. */
export interface HandlerLog {
  debug(message: string, details?: Readonly<Record<string, unknown>>): void;
  info(message: string, details?: Readonly<Record<string, unknown>>): void;
  warn(message: string, details?: Readonly<Record<string, unknown>>): void;
  error(message: string, details?: Readonly<Record<string, unknown>>): void;
}

export interface HandlerContext {
  readonly partitionId: string;
  readonly sequenceNumber: number;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Aborted when the lease is lost, the attempt's timeout passes or the drain deadline ends. */
  readonly signal: AbortSignal;
  readonly log: HandlerLog;
  /** Equal for every delivery of the same event: use it to make side effects idempotent. */
  readonly idempotencyKey: string;
  /**
   * The event that this one replays, as REPLAY_PROPERTIES lets it be known: undefined when it is no replay, or is not to be
   * believed. Rejects when the dead-letter store, asked with `verify`, cannot answer: let that fail the attempt.
   */
  replay(): Promise<Replay | undefined>;
  /** Ends this event as a dead letter with that reason, once the handler returns. */
  deadLetter(reason: string): void;
}

export interface BatchContext {
  readonly partitionId: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly log: HandlerLog;
  /** Equal for every delivery of the same event. */
  idempotencyKey(event: WorkerEvent): string;
  /** As HandlerContext's `replay`, of one event of the batch. */
  replay(event: WorkerEvent): Promise<Replay | undefined>;
}

/** A batch handler's word on one event; undefined or `ok` is success. */
export type EventResult =
  | undefined
  | { readonly ok: true }
  | { readonly ok: false; readonly error: unknown }
  | { readonly deadLetter: string };

export interface BatchLimits {
  readonly maxEvents: number;
  readonly maxWaitMs: number;
}

/** Gives the data of an event. */
export type Decode<Decoded = unknown> = (event: WorkerEvent) => Decoded | Promise<Decoded>;

/** Gives the ordering key of an event; undefined: no order needed, the event has a lane of its own. */
export type KeyOf = (event: WorkerEvent) => string | undefined;

interface HandlerBase<Schema extends StandardSchemaV1 | undefined, Decoded> {
  /**
   * Makes `event.data`, before `schema` sees it: for Avro, Protobuf, XML, whatever the worker does not decode itself (`event.schema` names
   * the registry's schema). A PermanentError makes the event a dead letter, reason `invalid`; any other throw is tried again.
   */
  readonly decode?: Decode<Decoded>;
  /** Any Standard Schema (zod, valibot, arktype): gives `event.data` its type; events that do not fit go to the dead letters. */
  readonly schema?: Schema;
  /** Ordering key; default: `event.orderingKey` (the partition key, else Kafka's key, else IoT Hub's device). */
  readonly key?: KeyOf;
  /** Called once before the first event; a throw ends the start with exit code 1. */
  start?(): Promise<void> | void;
  /** Called once after the last event, within the drain deadline. */
  stop?(): Promise<void> | void;
}

type DataOf<Schema, Decoded> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Schema>
  : Decoded;

export interface EventHandler<
  Schema extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined,
  Decoded = unknown,
> extends HandlerBase<Schema, Decoded> {
  onEvent(event: WorkerEvent<DataOf<Schema, Decoded>>, context: HandlerContext): Promise<void> | void;
  readonly onBatch?: never;
  readonly batch?: never;
}

export interface BatchHandler<
  Schema extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined,
  Decoded = unknown,
> extends HandlerBase<Schema, Decoded> {
  readonly batch: BatchLimits;
  /** Returns nothing (all succeeded) or one result per event, in order. A throw fails the batch, which is then bisected. */
  onBatch(
    events: readonly WorkerEvent<DataOf<Schema, Decoded>>[],
    context: BatchContext,
  ): Promise<readonly EventResult[] | void> | readonly EventResult[] | void;
  readonly onEvent?: never;
}

export type Handler = EventHandler | BatchHandler;

/** The handler failed in a way no retry cures: the event goes to the dead letters at once. */
export class PermanentError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'PermanentError';
  }
}

/** Gives a handler its types; returns it unchanged. */
export function defineHandler<Schema extends StandardSchemaV1 | undefined = undefined, Decoded = unknown>(
  handler: EventHandler<Schema, Decoded>,
): EventHandler<Schema, Decoded>;
export function defineHandler<Schema extends StandardSchemaV1 | undefined = undefined, Decoded = unknown>(
  handler: BatchHandler<Schema, Decoded>,
): BatchHandler<Schema, Decoded>;
export function defineHandler(handler: unknown): unknown {
  return handler;
}
