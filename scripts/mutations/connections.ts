// Defects of how the worker connects, each as the edit that would put it back.

import type { Mutation } from '../mutations.ts';

export const connectionMutations: readonly Mutation[] = [
  {
    name: 'Event Hubs over WebSockets goes past the proxy',
    harm: 'in a network with a proxy storage works and Event Hubs does not, and DNS is blamed',
    guarantee: 'G8',
    edits: [
      {
        file: 'src/azure/credentials.ts',
        find: '{ agent: new ProxyAgent(proxy) }',
        replace: '{}',
      },
    ],
    tests: ['test/integration/azure/proxy.test.ts'],
  },
  {
    name: 'the SDK is given EntityPath beside the name of the event hub',
    harm: 'a string that passed the check fails at the first use, in words that quote it',
    guarantee: 'G10',
    edits: [
      {
        file: 'src/config/event-hubs-string.ts',
        find: "if (isEmulator) text.push('UseDevelopmentEmulator=true');",
        replace:
          "if (isEmulator) text.push('UseDevelopmentEmulator=true');\n  if (eventHub !== undefined) text.push(`EntityPath=${eventHub}`);",
      },
    ],
    tests: ['test/unit/config/connection-strings.test.ts'],
  },
  {
    name: 'what a command says of a failure is printed as it is',
    harm: "an SDK's error that quotes the connection string prints its key",
    guarantee: 'G10',
    edits: [
      {
        file: 'src/cli/command-line.ts',
        find: 'process.writeError(redactNote(text))',
        replace: 'process.writeError(text)',
      },
    ],
    tests: ['test/unit/cli/command-line.test.ts'],
  },
];
