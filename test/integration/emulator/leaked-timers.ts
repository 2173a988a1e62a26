// Keeps the SDK's leaked timers from holding a test process: at each re-connect it forgets a token renewal timer of 45
// minutes (@azure/event-hubs 6.0.4 dist/esm/partitionReceiver.js:71 overwrites state.authLoop without stopping it).

const LONGER_THAN_ANY_TEST_MS = 10 * 60_000;

/** From now on no timer longer than any test keeps the process alive. */
export function letLongTimersGo(): void {
  const schedule = globalThis.setTimeout;
  globalThis.setTimeout = new Proxy(schedule, {
    apply(target, self, args: Parameters<typeof schedule>) {
      const timer = Reflect.apply(target, self, args);
      if (Number(args[1]) > LONGER_THAN_ANY_TEST_MS) timer.unref();
      return timer;
    },
  });
}
