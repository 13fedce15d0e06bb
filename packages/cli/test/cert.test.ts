import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testTranscript } from './transcript.ts';

testTranscript('cert.txt', async () => {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'altname-cert-')));
  writeFileSync(
    join(cwd, 'compose.yml'),
    'services:\n  db: { image: postgres }\n  web: { hostname: web.test, image: app }\n',
  );
  writeFileSync(join(cwd, 'services.yml'), 'services:\n  db: { image: postgres }\n');
  writeFileSync(join(cwd, 'hosts'), '127.0.0.1 localhost api.test\n0.0.0.0 ads.test\n');
  writeFileSync(join(cwd, 'mine.pem'), 'mine');
  writeFileSync(join(cwd, 'damaged.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  return { values: { cwd }, options: { cwd, env: { ALTNAME_CA_DIR: join(cwd, 'ca-dir') } } };
});
