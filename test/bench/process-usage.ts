// What a process costs, whoever wrote it: CPU time and memory as Linux counts them. Nothing is asked of the process itself.

import { readFile } from 'node:fs/promises';

export interface ProcessUsage {
  /** User and system time of all its threads, in steps of 10 ms. */
  readonly cpuUs: number;
  readonly residentBytes: number;
}

/** USER_HZ, 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Throws where there is no /proc. */
export async function usageOf(pid: number): Promise<ProcessUsage> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${String(pid)}/stat`, 'utf8'),
    readFile(`/proc/${String(pid)}/status`, 'utf8'),
  ]);
  // The name in parentheses may hold anything; utime and stime are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const residentKb = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
  return { cpuUs: (ticks * 1_000_000) / ticksPerSecond, residentBytes: residentKb * 1024 };
}
