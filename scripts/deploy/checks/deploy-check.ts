// What a deployment check is, and how it says that it failed.

export interface DeployCheck {
  readonly name: string;
  /** The end of the sentence "What to do: ..." when it fails. */
  readonly remedy: string;
  /** Resolves with what was found, in a few words; rejects with what is wrong. */
  run(): Promise<string>;
}

/** Fails with one line per problem; with none it returns. */
export function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(problems.join('\n'));
}
