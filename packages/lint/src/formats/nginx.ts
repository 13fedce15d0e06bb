import { NginxFaults } from '../nginx/faults.ts';
import { readTemplate } from '../nginx/template.ts';
import type { Format } from './format.ts';

const isNginxPath =
  /\.conf(?:\.(?:template|tmpl|tpl|j2|in|example|sample|dist|default))?$|(?:^|\/)nginx\.conf[^/]*$|\.(?:nginx|vhost)$|(?:^|\/)(?:sites-(?:available|enabled)|conf\.d)\/[^/]+$|(?:^|\/)[^/]*nginx[^/]*\/(?:.*\/)?[^./]+(?:\.(?:inc|template|tmpl|tpl|j2))?$/;

/** What is said of upstreams over TLS. Who has none of these words has nothing that is looked for. */
const isAboutUpstreams = /(?:^|[\s;{}])(?:(?:proxy|grpc|uwsgi)_ssl_\w+|proxy_pass|grpc_pass|uwsgi_pass)[ \t]/;

/** `nginx.conf`, what is included in it (`conf.d/*`, `sites-available/*`, snippets), and templates of these. */
export const nginx: Format = {
  name: 'a configuration of nginx',
  comment: '#',
  mayBe: (path) => isNginxPath.test(path),
  claims: ({ text }) => isAboutUpstreams.test(text),
  check: ({ text }) => new NginxFaults(readTemplate(text)).find(),
};
