// What happens to errors that nobody caught: the SDK's known ones are noted, every other one ends the process in order.
// A process that goes on after an unknown error may hold leases it no longer serves.

/** What of a process is needed: node's own, or a test's. */
export interface FailureSource {
  on(event: 'unhandledRejection' | 'uncaughtException', listener: (thrown: unknown) => void): unknown;
  off(event: 'unhandledRejection' | 'uncaughtException', listener: (thrown: unknown) => void): unknown;
}

/** Told of what the process survives. */
export type NoteHarmless = (thrown: unknown) => void;

export class CrashGuard implements Disposable {
  readonly #source: FailureSource;
  readonly #unwatched = Promise.withResolvers<never>();
  #watcher: { readonly crash: (thrown: unknown) => void; readonly noteHarmless: NoteHarmless } | undefined;

  constructor(source: FailureSource) {
    this.#source = source;
    // It may have no listener yet, or never get one: it is no second uncaught error.
    this.#unwatched.promise.catch(() => undefined);
    source.on('unhandledRejection', this.#judgeRejection);
    source.on('uncaughtException', this.#judgeException);
  }

  /** Rejects with an error that nobody caught while nobody watched. */
  get unwatched(): Promise<never> {
    return this.#unwatched.promise;
  }

  /** Settles with the first error that must end the process; from now on its end is up to the caller, who ends in order. */
  watch(noteHarmless: NoteHarmless): Promise<unknown> {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#watcher = { crash: resolve, noteHarmless };
    return promise;
  }

  [Symbol.dispose](): void {
    this.#source.off('unhandledRejection', this.#judgeRejection);
    this.#source.off('uncaughtException', this.#judgeException);
  }

  readonly #judgeRejection = (thrown: unknown): void => {
    if (isCloseOfSdk(thrown)) this.#watcher?.noteHarmless(thrown);
    else this.#judgeException(thrown);
  };

  readonly #judgeException = (thrown: unknown): void => {
    if (this.#watcher === undefined) this.#unwatched.reject(thrown);
    else this.#watcher.crash(thrown);
  };
}

/**
 * The SDK closes links that are gone already and lets the time-out of that close escape (azure-sdk-for-js #36230). The
 * link is dead either way, and the partition's owner has been told of it on another path.
 */
function isCloseOfSdk(thrown: unknown): boolean {
  return (
    thrown instanceof Error &&
    thrown.name === 'OperationTimeoutError' &&
    thrown.message.startsWith('Unable to close the ')
  );
}
