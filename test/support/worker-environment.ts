// A complete environment of `run`, for tests that change one thing of it.

export const eventHubString =
  'Endpoint=sb://Orders-Prod.servicebus.windows.net/;SharedAccessKeyName=listen;SharedAccessKey=c2VjcmV0LWtleQ==';

export const storageString =
  'DefaultEndpointsProtocol=https;AccountName=orders;AccountKey=c3RvcmFnZS1rZXk=;EndpointSuffix=core.windows.net';

/** The same as the SDKs are given them. */
export const canonicalEventHubString = eventHubString.replace('Orders-Prod', 'orders-prod');
export const canonicalStorageString =
  'DefaultEndpointsProtocol=https;AccountName=orders;AccountKey=c3RvcmFnZS1rZXk=;BlobEndpoint=https://orders.blob.core.windows.net';

export const workerEnvironment: Readonly<Record<string, string>> = {
  EVENTHUB_CONNECTION_STRING: eventHubString,
  EVENTHUB_NAME: 'orders',
  STORAGE_CONNECTION_STRING: storageString,
  HANDLER: 'discard',
  WORKER_ID: 'worker-1',
};
