import type { ClientProfile } from './profile.ts';
import { caImports, caList, profile, quote, url } from './recipe.ts';

export const http2: ClientProfile = profile({
  name: 'http2',
  title: 'node:http2',
  package: null,
  sentForDns: 'host',
  sentForIp: 'none',
  checkedForDns: 'host',
  checkedForIp: 'address',
  hostHeader: 'kept',
  servernameOption: 'wins',
  nameOption: 'servername',
  surfaces:
    "'error' event: error.cause.code (error.code is ERR_HTTP2_STREAM_CANCEL); 'error' event of the session: error.code",
  tested: [],
  expectName: ({ dial, port, name }) => `import { once } from 'node:events';
import { connect } from 'node:http2';

const session = connect(${url('https', dial, port)}, { servername: ${quote(name)} });
const request = session.request({ ':path': '/' });
const [headers] = await once(request, 'response');
console.log(headers[':status']);
session.destroy();
`,
  addCa: ({ name, port, file }) => `import { once } from 'node:events';
import { connect } from 'node:http2';
${caImports}

const ca = ${caList(file)};
const session = connect(${url('https', name, port)}, { ca });
const request = session.request({ ':path': '/' });
const [headers] = await once(request, 'response');
console.log(headers[':status']);
session.destroy();
`,
  keepHostHeader: ({ dial, port, name, hostHeader }) => `import { once } from 'node:events';
import { connect } from 'node:http2';

const session = connect(${url('https', dial, port)}, { servername: ${quote(name)} });
const request = session.request({ ':path': '/', ':authority': ${quote(hostHeader)} });
const [headers] = await once(request, 'response');
console.log(headers[':status']);
session.destroy();
`,
  traps: [
    'The Host of HTTP/2 is :authority; it stays the dialled host and never changes the server name.',
    'A server may answer 421 when :authority is no name of the certificate it chose by server name.',
  ],
});
