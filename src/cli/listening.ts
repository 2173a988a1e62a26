// Turns "address in use" of whatever was to listen into the error that names the port and the variable that changes it.

import { WorkerError } from '../engine/errors.ts';

export interface WantedPort {
  readonly host: string;
  readonly port: number;
  /** The variable or option that sets it. */
  readonly variable: string;
}

/** Settles as `listening` does; throws EHW_PORT_TAKEN when the port is taken or not allowed to this user. */
export async function orPortTaken<Value>(listening: Promise<Value>, wanted: WantedPort): Promise<Value> {
  try {
    return await listening;
  } catch (thrown) {
    if (!isTaken(thrown)) throw thrown;
    const { host, port, variable } = wanted;
    throw new WorkerError('EHW_PORT_TAKEN', { host, port, variable }, { cause: thrown });
  }
}

function isTaken(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || !('code' in thrown)) return false;
  return thrown.code === 'EADDRINUSE' || thrown.code === 'EACCES';
}
