// Capacity for people: the arithmetic line by line, then the advice. Pure.

import type { Advice, Findings } from './findings.ts';
import { perUnit } from './throughput-units.ts';
import type { Limit, Need, Sizing } from './throughput-units.ts';

const limitNames: Readonly<Record<Limit, string>> = {
  ingressBytes: 'ingress bytes',
  ingressEvents: 'ingress events',
  egressBytes: 'egress bytes',
  egressEvents: 'egress events',
};

/** A whole minute's average hides what happens inside it. */
export const burstWarning =
  'A minute is an average: a burst of one second can be 60 times as high and is throttled although the minute looks fine.';

const maxBusyMinutes = 10;

export function sizingLines(sizing: Sizing): readonly string[] {
  return [
    ...sizing.needs.map(
      ({ limit, perSecond, units }) =>
        `${limitNames[limit].padEnd(15)} ${amount(limit, perSecond)} / ${amount(limit, perUnit[limit])} per unit = ${round(perSecond / perUnit[limit])} -> ${units}`,
    ),
    `ingress alone   ${unitsOf(sizing.ingressUnits)}`,
    `with egress     ${unitsOf(sizing.units)}`,
  ];
}

export function findingLines(findings: Findings, present: number): readonly string[] {
  const { busy, minutes, throttledRequests } = findings;
  const shown = busy.slice(0, maxBusyMinutes).map(({ time, exceeded, throttledRequests: throttled }) => {
    const reasons = exceeded.map((need) => exceededText(need, present));
    if (throttled > 0) reasons.push(`${throttled.toLocaleString('en')} requests throttled`);
    return `  ${time}  ${reasons.join('; ')}`;
  });
  const hidden = busy.length - shown.length;
  return [
    `${minutes} minutes, ${busy.length} of them over a limit of ${unitsOf(present)} or throttled, ${throttledRequests.toLocaleString('en')} requests throttled`,
    ...shown,
    ...(hidden > 0 ? [`  and ${hidden} more`] : []),
    '',
    'Highest averages of a minute:',
    ...sizingLines(findings.sizing),
    burstWarning,
  ];
}

export function adviceLines(advice: Advice, namespace: string): readonly string[] {
  const { units, autoInflateMaximum } = advice;
  const most =
    units >= 40 ? ' That is the most a standard namespace has: consider premium, or more namespaces.' : '';
  return [
    `Advice: ${unitsOf(units)}, auto-inflate up to ${autoInflateMaximum}.${most}`,
    `  az eventhubs namespace update --resource-group <group> --name ${namespace} --capacity ${units} --enable-auto-inflate true --maximum-throughput-units ${autoInflateMaximum}`,
    'Auto-inflate adds units within seconds to minutes and never takes any away; only a sender that retries loses nothing until then.',
  ];
}

function exceededText({ limit, perSecond }: Need, present: number): string {
  return `${limitNames[limit]} ${amount(limit, perSecond)} > ${amount(limit, perUnit[limit] * present)}`;
}

function amount(limit: Limit, perSecond: number): string {
  const isBytes = limit === 'ingressBytes' || limit === 'egressBytes';
  return isBytes ? `${round(perSecond / 1e6)} MB/s` : `${Math.round(perSecond).toLocaleString('en')}/s`;
}

function unitsOf(units: number): string {
  return units === 1 ? '1 throughput unit' : `${units} throughput units`;
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}
