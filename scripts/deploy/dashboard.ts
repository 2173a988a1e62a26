// Makes the Grafana dashboard's JSON from its rows and panels: sizes, ids, units and variables. What is shown is
// dashboard-panels.ts. Reads nothing and writes nothing.
import { panelRows } from './dashboard-panels.ts';
import type { Panel, PanelRow } from './dashboard-panels.ts';

type Json = Readonly<Record<string, unknown>>;

const GRID_WIDTH = 24;
const ROW_HEADER_HEIGHT = 1;
const STAT_SIZE = { w: 4, h: 4 };
const CHART_SIZE = { w: 8, h: 8 };
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const SELECTOR = 'namespace="$namespace",job="$job"';

export function dashboard(): Json {
  return {
    uid: 'eventhub-worker',
    title: 'eventhub-worker',
    description: 'One release of eventhub-worker: lag, work, ownership, Azure, process.',
    tags: ['eventhub-worker'],
    editable: true,
    graphTooltip: 1,
    schemaVersion: 39,
    version: 1,
    refresh: '30s',
    timezone: 'browser',
    time: { from: 'now-3h', to: 'now' },
    annotations: { list: [] },
    links: [],
    templating: { list: variables() },
    panels: panels(panelRows),
  };
}

/** Every query of the dashboard with its variables in place, for checks that evaluate them. */
export function dashboardQueries(namespace: string, job: string, rateInterval: string): readonly string[] {
  return panelRows
    .flatMap((row) => row.panels)
    .flatMap((panel) => panel.queries)
    .map((query) =>
      withSelector(query.expr)
        .replaceAll('$namespace', namespace)
        .replaceAll('$job', job)
        .replaceAll('$__rate_interval', rateInterval),
    );
}

function panels(rows: readonly PanelRow[]): readonly Json[] {
  const placed: Json[] = [];
  let y = 0;
  for (const row of rows) {
    placed.push({
      id: placed.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: GRID_WIDTH, h: ROW_HEADER_HEIGHT },
      panels: [],
    });
    y += ROW_HEADER_HEIGHT;
    let x = 0;
    let lineHeight = 0;
    for (const panel of row.panels) {
      const size = panel.kind === 'stat' ? STAT_SIZE : CHART_SIZE;
      if (x + size.w > GRID_WIDTH) {
        x = 0;
        y += lineHeight;
      }
      placed.push(panelJson(panel, placed.length + 1, { x, y, ...size }));
      x += size.w;
      lineHeight = size.h;
    }
    y += lineHeight;
  }
  return placed;
}

function panelJson(panel: Panel, id: number, gridPos: Json): Json {
  return {
    id,
    type: panel.kind,
    title: panel.title,
    description: panel.description,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: {
      defaults: {
        unit: panel.unit,
        ...(panel.kind === 'timeseries' ? { min: 0 } : {}),
        thresholds: { mode: 'absolute', steps: thresholdSteps(panel) },
        custom: customField(panel),
      },
      overrides: [],
    },
    options: options(panel),
    targets: panel.queries.map((query, index) => ({
      refId: 'ABCDEFGH'.charAt(index),
      datasource: DATASOURCE,
      expr: withSelector(query.expr),
      legendFormat: query.legend,
      instant: panel.kind === 'stat',
      range: panel.kind !== 'stat',
    })),
  };
}

function thresholdSteps(panel: Panel): readonly Json[] {
  const green = { color: 'green', value: null };
  return panel.redFrom === undefined ? [green] : [green, { color: 'red', value: panel.redFrom }];
}

function customField(panel: Panel): Json {
  if (panel.kind === 'state-timeline') return { fillOpacity: 70, lineWidth: 0 };
  if (panel.kind === 'stat') return {};
  return {
    drawStyle: 'line',
    lineWidth: 1,
    fillOpacity: panel.isStacked === true ? 30 : 5,
    showPoints: 'never',
    stacking: { mode: panel.isStacked === true ? 'normal' : 'none' },
  };
}

function options(panel: Panel): Json {
  if (panel.kind === 'stat') {
    return {
      colorMode: panel.redFrom === undefined ? 'none' : 'value',
      graphMode: 'none',
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    };
  }
  if (panel.kind === 'state-timeline') {
    return { mergeValues: true, showValue: 'never', rowHeight: 0.8, legend: { showLegend: false } };
  }
  return {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  };
}

function variables(): readonly Json[] {
  const labelValues = (label: string, filter: string) => {
    const query = `label_values(eventhub_worker_partitions_total${filter}, ${label})`;
    return {
      name: label,
      type: 'query',
      datasource: DATASOURCE,
      query: { query, refId: label },
      definition: query,
      refresh: 2,
      sort: 1,
    };
  };
  return [
    { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' },
    { ...labelValues('namespace', ''), label: 'Namespace' },
    { ...labelValues('job', '{namespace="$namespace"}'), label: 'Release' },
  ];
}

function withSelector(expr: string): string {
  return expr.replaceAll('$selector', SELECTOR);
}
