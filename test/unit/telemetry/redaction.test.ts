import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRedact } from '../../../src/telemetry/redaction.ts';

const key = 'Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE+/w==';

/** Each holds "SECRET" or the key where the secret stands. */
const leaks = [
  `Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=${key};EntityPath=orders`,
  `DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=${key};EndpointSuffix=core.windows.net`,
  'Endpoint=sb://ns/;SharedAccessSignature=SharedAccessSignature sr=sb%3A%2F%2Fns&sig=SECRET%3D&se=1&skn=Root',
  'BlobEndpoint=https://a.blob.core.windows.net;SharedAccessSignature=sv=2024&sig=SECRET%3D&se=2026',
  'GET https://acc.blob.core.windows.net/c/b?sv=2024-11-04&sig=SECRET%2B%3D&se=2026 failed with 403',
  'token was SharedAccessSignature sr=sb%3A%2F%2Fns&sig=SECRET&se=1&skn=Root',
  `Authorization: SharedKey acc:${key}`,
  'Authorization: Bearer SECRET.SECRET-SECRET',
  'jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJTRUNSRVQifQ.SECRETSECRET is expired',
  'connect amqps://Root:SECRET@ns.servicebus.windows.net:5671',
  '{"connectionString":"SECRET;x","password":"SECRET","clientSecret":"SECRET","apiKey":"SECRET"}',
  JSON.stringify({ msg: JSON.stringify({ authorization: 'SECRET', access_token: 'SECRET' }) }),
  'client_secret=SECRET&grant_type=client_credentials',
  'password=SECRET, user=me',
];

describe('redaction', () => {
  const redact = createRedact();

  for (const leak of leaks) {
    it(`takes the secret out of ${leak.slice(0, 60)}...`, () => {
      for (const text of [leak, JSON.stringify({ msg: leak })]) {
        const clean = redact(text);
        assert.doesNotMatch(clean, /SECRET/, clean);
        assert.equal(clean.includes(key), false, clean);
      }
    });
  }

  it('keeps a JSON line JSON', () => {
    for (const leak of leaks) {
      const line = JSON.stringify({
        level: 'info',
        err: { message: leak, causes: [leak] },
        after: 'still here',
      });
      assert.equal(JSON.parse(redact(line)).after, 'still here');
    }
  });

  it('leaves what is no secret as it was', () => {
    const plain = [
      'lease of partition 3 claimed-free: our share is 4 of 8',
      'Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=Root;EntityPath=orders',
      'the ordering key "customer-7" has 3 events; signature of the handler is wrong',
      '{"partitionKey":"k1","key":"value","msg":"token expired"}',
    ];
    for (const text of plain) assert.equal(redact(text), text);
  });

  it('takes out known values wherever they stand, also URL-encoded, longest first', () => {
    const known = createRedact(['pa+ss/word=', 'pa+ss/word=longer', 'short']);
    assert.equal(known('a pa+ss/word= b'), 'a [redacted] b');
    assert.equal(known('a pa+ss/word=longer b'), 'a [redacted] b');
    assert.equal(known('?p=pa%2Bss%2Fword%3D'), '?p=[redacted]');
    assert.equal(known('a short one'), 'a short one');
  });

  it('stays linear on hostile text', () => {
    for (const part of ['-eyJ', 'a-', '://a', '"password', 'key=', '\\"', 'sig', 'SharedAccessSignature ']) {
      // A ratio, so that a busy machine changes nothing: four times the text, linear takes four times as long, quadratic 16.
      const small = fastestMs(() => redact(`secret ${part.repeat(20_000 / part.length)}`));
      const large = fastestMs(() => redact(`secret ${part.repeat(80_000 / part.length)}`));
      assert.ok(large < 10 * small + 5, `${part}: ${small} ms, then ${large} ms`);
    }
  });
});

function fastestMs(run: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const beganMs = performance.now();
    run();
    return performance.now() - beganMs;
  });
  return Math.min(...times);
}
