import type { Node } from 'yaml';
import type { Passage } from '../text/passage.ts';
import type { Found } from '../text-file.ts';
import type { YamlTree } from '../yaml/tree.ts';
import { switchedOff } from '../yaml/unmistakable.ts';

const prefix = 'nginx.ingress.kubernetes.io/';

/** What stands in a text wherever there is something to look at. */
export const ingressMarks: RegExp = /backend-protocol/;

/** An annotation: all of it, and its value. */
interface Annotation {
  readonly whole: Passage;
  readonly value: string;
}

/**
 * What ingress-nginx is told of the servers behind it. Over TLS it verifies nothing by default, and without
 * `proxy-ssl-secret` it reads none of the other annotations of TLS.
 */
export function* ingressFindings(tree: YamlTree, annotations: Node): Generator<Found, void> {
  const given = new Map<string, Annotation>();
  for (const { key, value } of tree.pairs(annotations)) {
    const text = tree.text(value);
    if (text === null || !key.text.startsWith(prefix)) continue;
    given.set(key.text.slice(prefix.length), { whole: tree.span(key, text), value: text.text });
  }
  const protocol = given.get('backend-protocol');
  if (protocol === undefined || !/^(?:HTTPS|GRPCS)$/i.test(protocol.value)) return;
  yield* verificationFindings(given, protocol);
  yield* nameFindings(given);
}

const verified =
  'proxy-ssl-verify: "on", with proxy-ssl-secret for the authority and proxy-ssl-name for the name';

function* verificationFindings(
  given: ReadonlyMap<string, Annotation>,
  protocol: Annotation,
): Generator<Found, void> {
  const verify = given.get('proxy-ssl-verify');
  if (verify === undefined) {
    const fault = switchedOff(`backend-protocol: ${protocol.value} without proxy-ssl-verify`, verified);
    yield { ...protocol.whole.found(fault), severity: 'warning' };
  } else if (verify.value !== 'on') {
    yield verify.whole.found(switchedOff(`proxy-ssl-verify: "${verify.value}"`, verified));
  } else if (!given.has('proxy-ssl-secret')) {
    yield verify.whole.found({
      code: 'no-disabled-verification',
      message: 'proxy-ssl-verify without proxy-ssl-secret is not read: nothing is verified.',
      hint: 'a Secret with the authority (ca.crt) as proxy-ssl-secret',
    });
  }
}

function* nameFindings(given: ReadonlyMap<string, Annotation>): Generator<Found, void> {
  const sent = given.get('proxy-ssl-server-name');
  if (sent?.value !== 'on') return;
  if (!given.has('proxy-ssl-secret')) {
    yield sent.whole.found({
      code: 'servername-not-sent',
      message: 'proxy-ssl-server-name without proxy-ssl-secret is not read: no server name is sent.',
      hint: 'a Secret with the authority (ca.crt) as proxy-ssl-secret',
    });
  } else if (!given.has('proxy-ssl-name')) {
    yield sent.whole.found({
      code: 'servername-is-group',
      message:
        'proxy-ssl-server-name without proxy-ssl-name sends upstream_balancer, the name of a group of nginx: no server has a certificate for it.',
      hint: 'proxy-ssl-name with the name that the server behind has',
    });
  }
}
