// The schema a body was written with, as Azure's and Confluent's registries name it. Decoding stays with the team's own decoder.

import { hexOf } from './bytes-text.ts';

export interface SchemaReference {
  readonly registry: 'azure' | 'confluent';
  /** Azure: the schema's id as it is given. Confluent: the number, or the GUID where the producer sends one. */
  readonly id: string;
  /** What is behind the id, decompressed: Avro, JSON or (Confluent: with message indexes in front) Protobuf. */
  readonly payload: Uint8Array;
}

/** Such as avro/binary+0f1e2d3c4b5a69788796a5b4c3d2e1f0 or application/json+...: Azure SDKs for Avro and JSON. */
const typeWithId = /^[^;+\s]+\+([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s*(?:;|$)/i;

/** In the content type, else in front of the body. */
export function schemaReferenceOf(
  content: Uint8Array,
  contentType: string | undefined,
  valueSchemaHeader: unknown,
): SchemaReference | undefined {
  const id = contentType === undefined ? undefined : typeWithId.exec(contentType)?.[1];
  if (id !== undefined) return { registry: 'azure', id, payload: content };
  if (valueSchemaHeader instanceof Uint8Array) {
    const named = confluentId(valueSchemaHeader);
    if (named?.payload.byteLength === 0) return { ...named, payload: content };
  }
  return registryPrefixOf(content);
}

/**
 * Azure's first serializers: four zero bytes and 32 hex digits. Confluent's: a zero byte and four of the id, big end first, or a one
 * and the 16 bytes of a GUID (in the header `__value_schema_id` only, so not here).
 * https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
 */
export function registryPrefixOf(content: Uint8Array): SchemaReference | undefined {
  if (content[0] !== 0 || content.byteLength < 5) return undefined;
  return azurePrefix(content) ?? confluentId(content);
}

function azurePrefix(content: Uint8Array): SchemaReference | undefined {
  if (content.byteLength < 36 || content[1] !== 0 || content[2] !== 0 || content[3] !== 0) return undefined;
  const id = String.fromCharCode(...content.subarray(4, 36));
  return /^[0-9a-f]{32}$/i.test(id) ? { registry: 'azure', id, payload: content.subarray(36) } : undefined;
}

function confluentId(bytes: Uint8Array): SchemaReference | undefined {
  if (bytes[0] === 0 && bytes.byteLength >= 5) {
    const id = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
    return { registry: 'confluent', id: String(id), payload: bytes.subarray(5) };
  }
  if (bytes[0] !== 1 || bytes.byteLength < 17) return undefined;
  const id = hexOf(bytes.subarray(1, 17)).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return { registry: 'confluent', id, payload: bytes.subarray(17) };
}
