// Turns "address in use" of whatever was to listen into the error that names the port and the variable that changes it.

import { WorkerError } from '../engine/errors.ts';

export interface WantedPort {
  readonly host: string;
  readonly port: number;
  /** The variable or option that sets it. */
  readonly variable: string;
}

/**
 * Settles as `listening` does; throws EHW_PORT_TAKEN when the port is taken or not allowed to this user. Where several ports
 * were wanted, a function tells of the one that the system names.
 */
export async function orPortTaken<Value>(
  listening: Promise<Value>,
  wanted: WantedPort | ((taken: number | undefined) => WantedPort),
): Promise<Value> {
  try {
    return await listening;
  } catch (thrown) {
    if (!isTaken(thrown)) throw thrown;
    const { host, port, variable } = typeof wanted === 'function' ? wanted(portOf(thrown)) : wanted;
    throw new WorkerError('EHW_PORT_TAKEN', { host, port, variable }, { cause: thrown });
  }
}

function portOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('port' in thrown)) return undefined;
  return typeof thrown.port === 'number' ? thrown.port : undefined;
}

function isTaken(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || !('code' in thrown)) return false;
  return thrown.code === 'EADDRINUSE' || thrown.code === 'EACCES';
}
