// What a foreign suite's run means: every test that did not pass has a known reason or is a failure, and a reason that no
// longer holds is a failure too, so that the list cannot outlive its causes.

/** One test as its own runner reports it. */
export interface ForeignTest {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** What the runner said about a test that did not pass. */
  readonly said: string;
}

/** A test that cannot pass here. */
export interface KnownGap {
  readonly test: string;
  readonly reason: string;
  /** It is left out altogether: it needs something outside of this machine, or waits for minutes. */
  readonly isLeftOut?: boolean;
}

export interface SuiteReport {
  readonly suite: string;
  readonly version: string;
  /** Tests that ran to an outcome: passed, failed, or failed for a known reason. */
  readonly run: number;
  readonly passed: number;
  readonly skipped: readonly { readonly test: string; readonly reason: string }[];
  /** Tests that should have passed, with what was said; listed tests that passed or were not met. */
  readonly problems: readonly { readonly test: string; readonly said: string }[];
  readonly seconds: number;
}

export interface SuiteRun {
  readonly suite: string;
  readonly version: string;
  readonly tests: readonly ForeignTest[];
  readonly gaps: readonly KnownGap[];
  readonly seconds: number;
}

export function judge({ suite, version, tests, gaps, seconds }: SuiteRun): SuiteReport {
  const gapOf = new Map(gaps.map((gap) => [gap.test, gap]));
  const skipped: { test: string; reason: string }[] = [];
  const problems: { test: string; said: string }[] = [];
  if (tests.length === 0) problems.push({ test: suite, said: 'no test was run' });
  for (const { name, outcome, said } of tests) {
    const gap = gapOf.get(name);
    gapOf.delete(name);
    if (outcome === 'passed') {
      if (gap !== undefined)
        problems.push({ test: name, said: `passes now: it is listed as "${gap.reason}"` });
    } else if (gap === undefined) {
      problems.push({ test: name, said: outcome === 'skipped' ? `skipped itself: ${said}` : said });
    } else {
      skipped.push({ test: name, reason: gap.reason });
    }
  }
  for (const { test, reason, isLeftOut } of gapOf.values()) {
    if (isLeftOut === true) skipped.push({ test, reason });
    else problems.push({ test, said: `is listed as "${reason}" and was not met` });
  }
  const run = tests.filter(({ outcome }) => outcome !== 'skipped').length;
  const passed = tests.filter(({ outcome }) => outcome === 'passed').length;
  return { suite, version, run, passed, skipped, problems, seconds };
}

/** A table of all suites, then each test that was skipped with its reason, then each problem. */
export function printed(reports: readonly SuiteReport[]): string {
  const header = ['suite', 'version', 'run', 'passed', 'skipped', 'problems', 'seconds'];
  const rows = reports.map(({ suite, version, run, passed, skipped, problems, seconds }) =>
    [suite, version, run, passed, skipped.length, problems.length, seconds.toFixed(0)].map(String),
  );
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const notes = reports.flatMap(({ suite, skipped, problems }) => [
    ...skipped.map(({ test, reason }) => `skipped  ${suite}: ${test}: ${reason}`),
    ...problems.map(({ test, said }) => `PROBLEM  ${suite}: ${test}: ${said.trim()}`),
  ]);
  return [line(header), ...rows.map(line), '', ...notes].join('\n');
}
