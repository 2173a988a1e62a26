// What a content type says of the body. Parameters other than charset and the case of letters do not matter.

export interface MediaType {
  /** Lower case, without parameters. */
  readonly name: string;
  /** As given, where it is given. */
  readonly charset: string | undefined;
}

export type BodyFormat = 'json' | 'text' | 'unknown';

const charsetParameter = /;\s*charset\s*=\s*"?([^";\s]+)/i;
/** Azure's schema registry adds the schema's id to the type: application/json+<32 hex digits>. */
const jsonOfSchema = /^application\/json\+[0-9a-f-]{32,36}$/;

export function mediaTypeOf(contentType: string): MediaType {
  const end = contentType.indexOf(';');
  const name = (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
  return { name, charset: end === -1 ? undefined : charsetParameter.exec(contentType)?.[1] };
}

export function formatOf(name: string | undefined): BodyFormat {
  if (name === undefined) return 'unknown';
  if (name === 'application/json' || name === 'text/json' || name.endsWith('+json')) return 'json';
  if (name.startsWith('text/')) return 'text';
  // Not trusted: the REST API's usual content type is application/atom+xml, whatever is sent.
  return jsonOfSchema.test(name) ? 'json' : 'unknown';
}
