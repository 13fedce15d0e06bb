import { X509Certificate } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRoot } from './authority.ts';
import { testTranscript } from './transcript.ts';

testTranscript('match.txt', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'altname-match-'));
  const root = await createRoot();
  const leaf = await root.issue({
    names: ['a.test', '*.a.test', 'xn--bcher-kva.test', 'DNS:127.0.0.1', '192.0.2.1'],
  });
  const one = await root.issue({ names: ['a.test'] });
  writeFileSync(join(cwd, 'server.pem'), leaf.cert);
  writeFileSync(join(cwd, 'server.der'), new X509Certificate(leaf.cert).raw);
  writeFileSync(join(cwd, 'reversed.pem'), root.cert + leaf.cert);
  writeFileSync(join(cwd, 'one.pem'), one.cert);
  return { values: {}, options: { cwd } };
});
