import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { inspect } from 'node:util';
import fc from 'fast-check';
import {
  explainText,
  FailureReader,
  findingGroups,
  findingNotes,
  findNodeError,
  formatExplanation,
  formatFinding,
  formatNodeError,
  nodeErrors,
  type Explanation,
  type FindingCode,
} from '../src/index.ts';

/** The error of this very Node for a name and a certificate. */
function nodeError(host: string, subjectaltname?: string, CN?: string): Error {
  const cert = {
    subject: CN === undefined ? {} : { CN },
    ...(subjectaltname === undefined ? {} : { subjectaltname }),
  };
  const error = checkServerIdentity(host, cert as unknown as PeerCertificate);
  assert.ok(error !== undefined, `${host} matches`);
  return error;
}

function only(text: string): Explanation {
  const found = explainText(text);
  assert.equal(found.length, 1, `${found.length} explanations of: ${text.slice(0, 200)}`);
  return found[0] as Explanation;
}

const causesOf = (text: string): string[] => only(text).causes.map(({ code, sure }) => `${sure} ${code}`);

test("Node's own sentences give checked and presented names, and the cause", () => {
  const table: readonly (readonly [
    host: string,
    san: string | undefined,
    cn: string | undefined,
    cause: string,
  ])[] = [
    ['api.eu.example.com', 'DNS:*.example.com, DNS:example.com', 'x', 'certain wildcard-depth'],
    ['example.com', 'DNS:*.example.com', 'x', 'certain wildcard-apex'],
    ['www.example.com', 'DNS:example.com', 'x', 'certain www-or-apex'],
    ['api.exmaple.com', 'DNS:api.example.com', 'x', 'likely typo-suspected'],
    ['foo.test', 'DNS:bücher.test', 'x', 'certain name-mismatch'],
    ['10.0.1.6', 'DNS:db.internal', 'x', 'certain ip-not-on-certificate'],
    ['10.0.1.6', 'IP Address:10.0.1.7, IP Address:10.0.1.8', 'x', 'certain ip-not-on-certificate'],
    ['foo.test', 'DNS:x.traefik.default', 'x', 'likely default-certificate'],
    ['foo.test', 'DNS:*.webhostbox.net', 'x', 'likely default-certificate'],
    ['b.test', undefined, 'a', 'likely no-names'],
    ['b.test', undefined, undefined, 'likely no-names'],
  ];
  for (const [host, san, cn, cause] of table) {
    const error = nodeError(host, san, cn);
    const text = `Error [${(error as NodeJS.ErrnoException).code ?? ''}]: ${error.message}`;
    assert.equal(causesOf(text)[0], cause, text);
    if (cn !== undefined) assert.equal(only(text).checked, host);
  }
});

test('the dot that Node prints behind a host is neither checked nor presented', () => {
  const { checked, notes } = only(nodeError('foo.test', 'DNS:bar.test').message);
  assert.equal(checked, 'foo.test');
  assert.match(notes.join('\n'), /The dot in "Host: foo\.test\." is Node's own way/);
  assert.equal(only(nodeError('foo.test.', 'DNS:bar.test').message).checked, 'foo.test');
});

test('an empty list of addresses can be a wrong kind of entry, and is that when the certificate shows it', () => {
  const error = nodeError('127.0.0.1', 'DNS:localhost, DNS:127.0.0.1');
  assert.deepEqual(causesOf(error.message), ['certain ip-not-on-certificate', 'possible ip-as-dns-san']);
  assert.deepEqual(causesOf(inspect(error))[0], 'certain ip-as-dns-san');
  assert.deepEqual(only(inspect(error)).presented?.dns, ['localhost', '127.0.0.1']);
});

test('names with unusual characters are read as the one name they are (CVE-2021-44532)', () => {
  const error = nodeError('good.test', 'DNS:"a.test\\u002c DNS:good.test"');
  for (const text of [
    error.message,
    inspect(error),
    JSON.stringify({ message: error.message }),
    JSON.stringify(JSON.stringify({ error: error.message })),
  ]) {
    const { presented, causes } = only(text);
    assert.deepEqual(presented?.dns, ['a.test, DNS:good.test'], text);
    assert.notEqual(causes[0]?.code, 'refused-only-by-this-node', text);
  }
});

test('the same error is read alike in every dress', () => {
  const error = nodeError('a.b.test', 'DNS:*.test.example, DNS:c.b.test, IP Address:192.0.2.1');
  const { message, stack = '' } = error;
  const wrapped = new TypeError('fetch failed', { cause: error });
  const json = JSON.stringify({
    level: 50,
    err: { type: 'Error', message, stack, code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
  });
  const dresses: Record<string, string> = {
    message,
    stack,
    inspected: inspect(error),
    'in a cause': inspect(wrapped),
    'in an AggregateError': inspect(new AggregateError([error])),
    'a JSON log': json,
    'a JSON log inside a JSON log': JSON.stringify({ log: `${json}\n`, stream: 'stderr' }),
    logfmt: `level=error msg=${JSON.stringify(message)} host=web1`,
    'a container log': inspect(error)
      .split('\n')
      .map((line) => `web_1  | ${line}`)
      .join('\n'),
    'npm output': `npm error code ERR_TLS_CERT_ALTNAME_INVALID\nnpm error ${message}\nnpm error    at x`,
    'a coloured log': `\u001b[31m${message}\u001b[39m`,
    HTML: message.replaceAll("'", '&#39;'),
    'broken lines': message
      .replace('altnames: Host', 'altnames:\n  Host')
      .replace('DNS:c.b', '\n    DNS:c.b'),
    'broken words': message
      .replace('Hostname/IP does', 'Hostname/IP\ndoes')
      .replace('is not in', 'is\nnot in'),
    'Windows line ends': inspect(error).replaceAll('\n', '\r\n'),
    'Node 8': `Error: Hostname/IP doesn't match certificate's altnames: "${(error as Error & { reason: string }).reason}"`,
  };
  for (const [dress, text] of Object.entries(dresses)) {
    const { checked, presented, count, errorCode } = only(text);
    assert.equal(checked, 'a.b.test', dress);
    assert.deepEqual(presented?.dns, ['*.test.example', 'c.b.test'], dress);
    assert.deepEqual(presented?.ip, ['192.0.2.1'], dress);
    assert.equal(errorCode, 'ERR_TLS_CERT_ALTNAME_INVALID', dress);
    assert.equal(count, 1, dress);
  }
});

test('localhost that nobody asked for is told from what the text shows', () => {
  const { message } = nodeError('localhost', 'DNS:*.gravatar.com');
  assert.equal(causesOf(message)[0], 'likely checked-defaulted-to-localhost');
  const proxied = `${message}\n    at ClientRequest.<anonymous> (/app/node_modules/http-proxy/lib/x.js:1:2)`;
  assert.equal(causesOf(proxied)[0], 'likely sni-from-host-header');
  const upgraded = `Error: ${message}\n    at Connection.x (/app/node_modules/pg/lib/connection.js:1:2) {\n  url: 'postgres://me:hunter2@db.example.com/x'\n}`;
  const explained = only(upgraded);
  assert.equal(explained.asked, 'db.example.com');
  assert.equal(explained.client, 'pg');
  assert.equal(explained.causes[0]?.code, 'checked-defaulted-to-localhost');
  assert.ok(!JSON.stringify(explained).includes('hunter2'));
});

test('a Node that takes IPv6 addresses for names is found out, whatever the certificate has', () => {
  for (const text of [
    "Error: Host: ::1. is not cert's CN: x",
    "Error: Host: 2001:db8::1. is not in the cert's altnames: DNS:a.test, IP Address:2001:DB8:0:0:0:0:0:1",
  ]) {
    const { causes } = only(text);
    assert.equal(causes[0]?.code, 'node-version-hazard', text);
    assert.ok(causes.slice(1).every(({ sure }) => sure === 'possible'));
  }
  assert.deepEqual(
    causesOf("Error: Host: [::1]. is not in the cert's altnames: DNS:a.test")[0],
    'certain sni-not-normal',
  );
});

test('a name that fits after all is the fault of that Node', () => {
  assert.deepEqual(causesOf("Host: a.test. is not in the cert's altnames: DNS:A.TEST"), [
    'certain refused-only-by-this-node',
  ]);
});

test('error codes and their words are the same', () => {
  for (const { code, texts, family } of nodeErrors) {
    for (const text of texts) {
      const line =
        family === 'handshake' && !/socket|timeout/i.test(text)
          ? `write EPROTO 80:error:0A000458:SSL routines:ssl3_read_bytes:tlsv1 ${text}:../rec_layer_s3.c:1605:`
          : `Error: ${text}`;
      const found = explainText(line);
      assert.equal(found.length, 1, line);
      assert.equal(found[0]?.family, family, line);
    }
    assert.equal(findNodeError(code)?.code, code);
    assert.equal(findNodeError(code.toLowerCase())?.code, code);
  }
});

test('alerts are read by number, and by the words of every OpenSSL', () => {
  const table: readonly (readonly [string, string, number | null, FindingCode])[] = [
    [
      'write EPROTO 1408F10B:error:0A000458:SSL routines:ssl3_read_bytes:tlsv1 unrecognized name:../rec.c:1605:SSL alert number 112',
      'ERR_SSL_TLSV1_UNRECOGNIZED_NAME',
      112,
      'sni-refused',
    ],
    [
      'error:14094410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:s3_pkt.c:1493:SSL alert number 40',
      'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
      40,
      'sni-required',
    ],
    [
      'error:0A000410:SSL routines:ssl3_read_bytes:ssl/tls alert handshake failure:rec.c:1605:SSL alert number 40',
      'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
      40,
      'sni-required',
    ],
    [
      'error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version:rec.c:1605:SSL alert number 70',
      'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
      70,
      'protocol-version',
    ],
    [
      'error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:rec.c:1605:SSL alert number 116',
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      116,
      'client-certificate-required',
    ],
    ["code: 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME'", 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME', null, 'sni-refused'],
    ['SSL alert number 112', 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME', 112, 'sni-refused'],
    [
      'write EPROTO 80:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../tlsany_meth.c:78:\n',
      'ERR_SSL_WRONG_VERSION_NUMBER',
      null,
      'not-tls',
    ],
  ];
  for (const [text, code, number, cause] of table) {
    const { errorCode, alert, causes } = only(`${text}\n  errno: -71,\n  code: 'EPROTO'`);
    assert.equal(errorCode, code, text);
    assert.equal(alert?.number ?? null, number, text);
    assert.equal(causes[0]?.code, cause, text);
  }
});

test('chain errors say that the name was not looked at yet', () => {
  for (const text of [
    'Error: self-signed certificate; if the root CA is installed locally, try running Node.js with --use-system-ca',
    "Error: self signed certificate\n  code: 'DEPTH_ZERO_SELF_SIGNED_CERT'",
    '[cause]: Error: unable to verify the first certificate',
    '{"code":"UNABLE_TO_GET_ISSUER_CERT_LOCALLY"}',
  ]) {
    const { family, notes } = only(text);
    assert.equal(family, 'chain', text);
    assert.match(notes.join('\n'), /the name was not compared yet/);
  }
  assert.equal(only('self-signed certificate in certificate chain').errorCode, 'SELF_SIGNED_CERT_IN_CHAIN');
  assert.equal(only('self-signed certificate').errorCode, 'DEPTH_ZERO_SELF_SIGNED_CERT');
});

/** As printed by these clients in November 2026, for an address that is not on the certificate. */
const sentence =
  "Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list: ";
const coded = `Error [ERR_TLS_CERT_ALTNAME_INVALID]: ${sentence}`;
const inClients: Readonly<Record<string, string>> = {
  fetch: `TypeError: fetch failed\n    at node:internal/deps/undici/undici:14976:13 {\n  [cause]: ${coded}\n      at Object.checkServerIdentity (node:tls:316:12) {\n    code: 'ERR_TLS_CERT_ALTNAME_INVALID',\n    host: '127.0.0.1'\n  }\n}`,
  ioredis: `[ioredis] Unhandled error event: ${coded}\n    at Object.checkServerIdentity (node:tls:316:12)\nMaxRetriesPerRequestError: Reached the max retries per request limit (which is 20). Refer to "maxRetriesPerRequest" option for details.`,
  mongodb: `MongoServerSelectionError: ${sentence}\n    at Topology.selectServer (/app/node_modules/mongodb/lib/sdam/topology.js:350:38) {\n  [cause]: MongoNetworkError: ${sentence}\n    [cause]: ${coded}`,
  kafkajs: `KafkaJSNonRetriableError\n  Caused by: KafkaJSConnectionError: Connection error: ${sentence}\n    at TLSSocket.onError (/app/node_modules/kafkajs/src/network/connection.js:210:23) {\n  name: 'KafkaJSNumberOfRetriesExceeded',\n  [cause]: KafkaJSConnectionError: Connection error: ${sentence}`,
  nodemailer: `Error: ${sentence}\n    at SMTPConnection._formatError (/app/node_modules/nodemailer/lib/smtp-connection/index.js:1:2) {\n  code: 'ESOCKET',\n  command: 'CONN'\n}`,
  '@grpc/grpc-js': `Error: 14 UNAVAILABLE: No connection established. Last error: ${coded}. Resolution note: \n    at callErrorFromStatus (/app/node_modules/@grpc/grpc-js/build/src/call.js:32:19)\nfor call at\n    at x {\n  code: 14,\n  details: "No connection established. Last error: ${coded}. Resolution note: "\n}`,
  '@elastic/elasticsearch': `ConnectionError: ${sentence}\n    at x (/app/node_modules/@elastic/transport/lib/connection/UndiciConnection.js:1:2)`,
};

test('clients that lose the code are seen through', () => {
  for (const [client, text] of Object.entries(inClients)) {
    const explanation = only(text);
    assert.equal(explanation.client, client);
    assert.equal(explanation.errorCode, 'ERR_TLS_CERT_ALTNAME_INVALID', client);
    assert.equal(explanation.checked, '127.0.0.1', client);
    assert.equal(explanation.count, 1, client);
    assert.ok(
      explanation.causes.some(({ code }) => code === 'ip-not-on-certificate'),
      client,
    );
  }
});

test('a client that left the reason out is told where it is', () => {
  for (const [client, text] of [
    ['fetch', 'TypeError: fetch failed\n    at node:internal/deps/undici/undici:14976:13'],
    ['ioredis', 'MaxRetriesPerRequestError: Reached the max retries per request limit (which is 20).'],
    ['ioredis', 'ClusterAllFailedError: Failed to refresh slots cache.'],
    ['ioredis', 'Error: None of startup nodes is available'],
  ] as const) {
    const { family, client: found, causes, notes } = only(text);
    assert.deepEqual([family, found, causes], ['hidden', client, []], text);
    assert.ok(notes.length > 0);
  }
});

test('the server name warning and its error are one thing', () => {
  const warning =
    '(node:1) [DEP0123] DeprecationWarning: Setting the TLS ServerName to an IP address is not permitted by RFC 6066. This will be ignored in a future version.';
  const thrown =
    "TypeError [ERR_INVALID_ARG_VALUE]: The property 'options.servername' Setting the TLS ServerName to an IP address is not permitted.. Received '127.0.0.1'";
  assert.deepEqual(causesOf(warning), ['certain sni-is-ip']);
  assert.deepEqual(causesOf(thrown), ['certain sni-is-ip']);
  assert.deepEqual(explainText("TypeError [ERR_INVALID_ARG_VALUE]: The argument 'path' is wrong"), []);
});

test('a process that verifies nothing is said so, and the way back is said', () => {
  const text =
    "(node:1) Warning: Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable to '0' makes TLS connections and HTTPS requests insecure by disabling certificate verification.";
  const { family, notes } = only(text);
  assert.equal(family, 'unchecked');
  assert.match(notes.join(' '), /^Remove NODE_TLS_REJECT_UNAUTHORIZED/);
});

test('other programs are understood in their own words', () => {
  for (const [text, checked] of [
    ["curl: (60) SSL: no alternative certificate subject name matches target host name 'x.test'", 'x.test'],
    ['x509: certificate is valid for a.test, *.b.test, not x.test', 'x.test'],
    ["x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs", '10.0.0.1'],
    [
      "ssl.SSLCertVerificationError: certificate verify failed: Hostname mismatch, certificate is not valid for 'x.test'. (_ssl.c:1006)",
      'x.test',
    ],
    [
      'java.security.cert.CertificateException: No subject alternative DNS name matching x.test found.',
      'x.test',
    ],
  ] as const) {
    const explanation = only(text);
    assert.equal(explanation.family, 'name', text);
    assert.equal(explanation.checked, checked, text);
  }
});

test('failures before TLS are told only when there is nothing else', () => {
  const refused = 'Error: connect ECONNREFUSED 127.0.0.1:443';
  assert.equal(only(refused).causes[0]?.code, 'refused');
  assert.equal(only('Error: getaddrinfo ENOTFOUND a.test').causes[0]?.code, 'dns-not-found');
  assert.deepEqual(
    explainText(`${refused}\n\n\n\nError: certificate has expired`).map(({ errorCode }) => errorCode),
    ['CERT_HAS_EXPIRED'],
  );
});

test('equal failures are counted, different ones kept apart, in the order of their first place', () => {
  const a = nodeError('a.test', 'DNS:x.test').message;
  const b = nodeError('b.test', 'DNS:x.test').message;
  const log = [
    `one ${a}`,
    `two ${b}`,
    `three ${a}`,
    'quiet',
    'quiet',
    'quiet',
    `four ${a}`,
    'certificate has expired',
    'certificate has expired',
  ];
  assert.deepEqual(
    explainText(log.join('\n')).map(({ checked, errorCode, count, line, lastLine }) => [
      checked ?? errorCode,
      count,
      line,
      lastLine,
    ]),
    [
      ['a.test', 3, 1, 7],
      ['b.test', 1, 2, 2],
      ['CERT_HAS_EXPIRED', 2, 8, 9],
    ],
  );
});

test('the version of Node is taken from the end of an uncaught error', () => {
  const error = nodeError('a.test', 'DNS:x.test');
  assert.equal(only(`${inspect(error)}\n\nNode.js v22.23.3\n`).nodeVersion, '22.23.3');
});

test('a text without a TLS failure has none', () => {
  for (const text of [
    '',
    'everything is fine',
    'GET /certificates 200',
    'the host is not in the list',
    'Host: a. is not here',
    'TLS 1.3 is on',
    'fetch failed for branch main',
  ]) {
    assert.deepEqual(explainText(text), [], text);
  }
});

test('kinds are bounded, and what is beyond is counted', () => {
  const reader = new FailureReader();
  for (let i = 0; i < 1000; i++) reader.push(`Host: h${i}.test. is not in the cert's altnames: DNS:x.test`);
  const found = reader.end();
  assert.equal(found.length, 200);
  assert.equal(reader.uncounted, 800);
  assert.equal(reader.lines, 1000);
});

test('text from a stranger cannot write to the terminal', () => {
  const text =
    'Host: a\u001b]0;x\u0007.test. is not in the cert\'s altnames: DNS:"\\u001b[31mred.test", DNS:b\u202e.test';
  for (const explanation of explainText(text)) {
    const printed = formatExplanation(explanation);
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(printed, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(
      [
        explanation.message,
        explanation.excerpt,
        ...explanation.notes,
        ...explanation.causes.map(({ why }) => why),
      ].join(''),
      /[\u0000-\u001f\u202e]/,
    );
  }
});

test('reading takes time in proportion to the text, however it is made', () => {
  const pieces = [
    'Host: ',
    ' is not ',
    "Host: a. is not in the cert's altnames: DNS:a, ",
    "is not in the cert's list: 1.1.1.1, ",
    "is not cert's CN: ",
    'DNS:"a\\u002c',
    '\\"\\\\',
    '{"a":"\\n',
    'SSL routines:a:b:',
    'https://a@',
    'node_modules/a/',
    'x509: certificate is valid for a, not ',
    'certificate ERR_TLS_CERT_ALTNAME_INVALID ',
    '\u001b[',
    'subject CN',
    "host: '",
    '&#39',
    '…',
    'DNS:a,\n',
  ];
  for (const piece of pieces) {
    const time = (length: number): number => {
      const text = piece.repeat(Math.ceil(length / piece.length));
      const started = performance.now();
      explainText(text);
      return performance.now() - started;
    };
    time(20_000);
    const [short, long] = [time(200_000), time(800_000)];
    // 4 times the text; 16 times the time would be quadratic. Short times are all noise.
    assert.ok(long < Math.max(1500, short * 10), `${JSON.stringify(piece)}: ${short} ms, then ${long} ms`);
  }
});

test('no text makes it throw', () => {
  const word = fc.constantFrom(
    "Host: a.test. is not in the cert's altnames: ",
    "IP: ::1 is not in the cert's list: ",
    'DNS:',
    '"',
    '\\',
    ', ',
    'self-signed certificate',
    'ERR_SSL_',
    'SSL alert number ',
    '999',
    '\n',
    '  at x (/node_modules/pg/x.js)',
    'fetch failed',
    "subjectaltname: '",
    'xn--',
    '*.',
    '\u0000',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string())), (parts) => {
      for (const explanation of explainText(parts.join(''))) {
        assert.equal(typeof formatExplanation(explanation), 'string');
        JSON.stringify(explanation);
      }
    }),
    { numRuns: 2000 },
  );
});

test('every code of the catalogue has a note, and every code named anywhere is in the catalogue', () => {
  const codes: readonly string[] = Object.values(findingGroups).flat();
  assert.deepEqual(Object.keys(findingNotes).sort(), [...codes].sort());
  for (const { findings } of nodeErrors) for (const code of findings) assert.ok(codes.includes(code), code);
});

test('notes, error codes and findings print within 80 columns and never recommend to verify nothing', () => {
  const pages = [
    ...Object.keys(findingNotes).map((code) => formatFinding(code as FindingCode)),
    ...nodeErrors.map((error) => formatNodeError(error)),
    ...Object.values(inClients).flatMap((text) =>
      explainText(text).map((explanation) => formatExplanation(explanation)),
    ),
  ];
  for (const page of pages) {
    assert.doesNotMatch(page, /rejectUnauthorized|TLS_REJECT_UNAUTHORIZED=0|insecure/);
    for (const line of page.split('\n')) assert.ok(line.length <= 80 || line.includes('openssl'), line);
  }
});
