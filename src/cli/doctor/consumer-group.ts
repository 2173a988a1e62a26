// Check: the consumer group exists. Only a receiver that attaches is told.

import { WorkerError } from '../../engine/errors.ts';
import { failed, ok } from './check.ts';
import type { Check } from './check.ts';

export const consumerGroup: Check = {
  name: 'consumer group',
  needs: ['event hub'],
  run: async ({ config, given, receivers }) => {
    const missing = (await receivers()).find(
      ({ answer }) => answer instanceof WorkerError && answer.code === 'EHW_CONSUMER_GROUP_NOT_FOUND',
    );
    const name = config.eventHub.consumerGroup;
    if (missing === undefined) return ok(`${name} is there.`);
    return failed(
      `${given.eventHub} has no consumer group named ${name}: create it, or change EVENTHUB_CONSUMER_GROUP.`,
      {
        command: [createGroupCommand(config.eventHub, name)],
      },
    );
  },
};

export function createGroupCommand(
  { namespace, eventHub }: { readonly namespace: string; readonly eventHub: string },
  group: string,
): string {
  const label = namespace.split('.')[0] ?? namespace;
  return `az eventhubs eventhub consumer-group create --resource-group <resource group> --namespace-name ${label} --eventhub-name ${eventHub} --name '${group}'`;
}
