// Every check, in the order in which a person would look: one that needs another stands after it.

import { checkpointContainer, deadLetterContainer } from './containers.ts';
import type { Check } from './check.ts';
import { checkpoints } from './checkpoints.ts';
import { clock } from './clock.ts';
import { conditionalWrites } from './conditional-writes.ts';
import { configuration } from './configuration.ts';
import { consumerGroup } from './consumer-group.ts';
import { containerContent } from './container-content.ts';
import { cost } from './cost.ts';
import { eventHub } from './event-hub.ts';
import { hierarchicalNamespace } from './hierarchical-namespace.ts';
import { kedaLagCheck } from './keda-lag.ts';
import { kedaPath } from './keda-path.ts';
import { network } from './network.ts';
import { ordering } from './ordering.ts';
import { proxies } from './proxies.ts';
import { receivers } from './receivers.ts';
import { replicas } from './replicas.ts';
import { roles } from './roles.ts';
import { softDelete } from './soft-delete.ts';
import { eventHubToken, storageToken } from './token.ts';
import { versioning } from './versioning.ts';

export const checkList: readonly Check[] = [
  configuration,
  proxies,
  network,
  clock,
  eventHubToken,
  storageToken,
  eventHub,
  consumerGroup,
  receivers,
  ordering,
  checkpointContainer,
  deadLetterContainer,
  conditionalWrites,
  softDelete,
  versioning,
  hierarchicalNamespace,
  containerContent,
  checkpoints,
  kedaPath,
  kedaLagCheck,
  replicas,
  cost,
  roles,
];
