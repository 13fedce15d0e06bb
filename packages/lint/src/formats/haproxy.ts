import { HaproxyFaults } from '../haproxy/faults.ts';
import { readHaproxy } from '../haproxy/reader.ts';
import type { Format } from './format.ts';

const isHaproxyPath =
  /\.cfg(?:\.(?:template|tmpl|tpl|j2|erb|in|example|sample|dist))?$|(?:^|\/)haproxy[^/]*\.(?:conf|cfg[^/]*|j2|template|tmpl)$|(?:^|\/)haproxy\/(?:.*\/)?[^./]+\.(?:conf|tmpl|template)$/;

/** A server over TLS, or a setting that is about all of them. */
const isAboutServers =
  /^[ \t]*(?:(?:default-server|server(?:-template)?|peer)[ \t].*\bssl\b|(?:ssl-server-verify|httpclient\.ssl\.verify)[ \t])/m;

/** `haproxy.cfg`, and the files that it is made of. */
export const haproxy: Format = {
  name: 'a configuration of HAProxy',
  comment: '#',
  mayBe: (path) => isHaproxyPath.test(path),
  claims: ({ text }) => isAboutServers.test(text),
  check: ({ text }) => new HaproxyFaults([...readHaproxy(text)]).find(),
};
