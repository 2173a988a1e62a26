// Checks that the tools are there, and makes them when they are not: the only check that takes minutes, once.
import { everyTool, toolCache } from '../tools.ts';
import type { DeployCheck } from './deploy-check.ts';

export const toolsCheck: DeployCheck = {
  name: 'tools',
  remedy:
    'install Go 1.26 or later (https://go.dev/dl) and let it reach a module proxy (GOPROXY); Prometheus is taken with apt-get, on Debian or Ubuntu',
  run: async () => {
    const made: string[] = [];
    const names = await everyTool((name, seconds) => {
      if (seconds > 1) made.push(`${name} ${seconds.toFixed(0)} s`);
    });
    const how = made.length === 0 ? 'all cached' : `made ${made.join(', ')}`;
    return `${String(names.length)} in ${toolCache()}, ${how}`;
  },
};
