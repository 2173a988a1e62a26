// What a sender says of the body it sends: its type, charset and compression.

import type { Message, MessageValues } from '../event.ts';
import { contentEncodingOf } from './content-encoding.ts';
import type { ContentEncoding } from './content-encoding.ts';
import { mediaTypeOf } from './media-type.ts';
import { valueText } from './value-text.ts';

export interface ContentLabels {
  readonly contentType: string | undefined;
  /** The type alone, in lower case. */
  readonly mediaType: string | undefined;
  readonly charset: string | undefined;
  readonly encoding: ContentEncoding;
}

/**
 * From the AMQP properties; where they say neither, from headers of that name, since Kafka and Spring have no other place
 * (`content-type`, `contentType`, `Content-Encoding`, ...). Throws WorkerError EHW_EVENT_UNDECODABLE.
 */
export function contentLabels(message: Message): ContentLabels {
  const { contentType, contentEncoding } = message.properties;
  return contentType === undefined && contentEncoding === undefined
    ? headerLabels(message.applicationProperties)
    : labelsOf(contentType, contentEncoding);
}

/** One look at each name: it is done for every body without AMQP properties. */
function headerLabels(headers: MessageValues): ContentLabels {
  let contentType: string | undefined;
  let contentEncoding: string | undefined;
  for (const name in headers) {
    if (typeName.test(name)) contentType ??= valueText(headers[name]);
    else if (encodingName.test(name)) contentEncoding ??= valueText(headers[name]);
  }
  return labelsOf(contentType, contentEncoding);
}

const typeName = /^content-?type$/i;
const encodingName = /^content-?encoding$/i;

function labelsOf(contentType: string | undefined, contentEncoding: string | undefined): ContentLabels {
  const mediaType = contentType === undefined ? undefined : mediaTypeOf(contentType);
  const encoding = contentEncodingOf(contentEncoding);
  const charset = mediaType?.charset ?? encoding.charset;
  return { contentType, mediaType: mediaType?.name, charset, encoding };
}
