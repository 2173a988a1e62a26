// A promise that a test settles by hand, and that can be asked whether it is settled.

export class Deferred<Value = void> {
  readonly promise: Promise<Value>;
  readonly #resolve: (value: Value) => void;
  readonly #reject: (reason: unknown) => void;
  #isSettled = false;

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Settles once; later calls change nothing. */
  resolve(value: Value): void {
    this.#isSettled = true;
    this.#resolve(value);
  }

  reject(reason: unknown): void {
    this.#isSettled = true;
    this.#reject(reason);
  }
}
