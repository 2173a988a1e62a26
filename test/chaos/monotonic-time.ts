// Milliseconds on the machine's monotonic clock. Unlike performance.now() it has one origin for all processes, so that
// records of different workers can be put in order.
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
